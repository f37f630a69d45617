// Three defects, one for each kind of instrumentation, in a library that an ordinary program loads, as libcrypten is loaded by its tests.
// tools/instrumented.sh builds and runs this first: a sanitizer that does not find them would find nothing else either.
#include <cstdint>
#include <thread>

extern "C" int after_free() {
  auto* word = new int(1);
  delete word;
  return *const_cast<volatile int*>(word);
}

extern "C" int overflow(int largest) { return largest + 1; }

extern "C" int race() {
  int word = 0;
  std::thread other([&] { word = 1; });
  word = 2;
  other.join();
  return word;
}
