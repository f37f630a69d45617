// Not instrumented: calls one of the defects of defects.cpp.
#include <cstdio>
#include <limits>
#include <string>

extern "C" int after_free();
extern "C" int overflow(int largest);
extern "C" int race();

int main(int count, char** arguments) {
  const std::string defect = count > 1 ? arguments[1] : "";
  const int result = defect == "after_free" ? after_free() : defect == "overflow" ? overflow(std::numeric_limits<int>::max()) : race();
  std::printf("%s was not found: %d\n", defect.c_str(), result);
  return 0;
}
