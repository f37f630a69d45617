#include "mpc/provider/master_key.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "crypten_core/error.h"

using namespace crypten;

namespace {

struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "crypten-key-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const std::string& content, mode_t mode) const {
    const auto name = (path / std::to_string(count++)).string();
    std::ofstream(name) << content;
    ::chmod(name.c_str(), mode);
    return name;
  }
  mutable int count = 0;
};

}  // namespace

TEST_CASE("a master key is made once, private, and read back") {
  const Folder folder;
  const std::string name = folder.path / "master.key";
  const auto before = ::umask(0);
  create_master_key(name);
  ::umask(before);
  struct stat status {};
  REQUIRE(::stat(name.c_str(), &status) == 0);
  REQUIRE((status.st_mode & 0777) == 0600);
  REQUIRE(bool(load_master_key(name) == load_master_key(name)));
  REQUIRE_THROWS_AS(create_master_key(name), SessionError);
  create_master_key(folder.path / "other.key");
  REQUIRE_FALSE(bool(load_master_key(name) == load_master_key(folder.path / "other.key")));
}

TEST_CASE("a master key that others may read, of another length, or of no file is refused, and no message shows it") {
  const Folder folder;
  const std::string secret = "SixteenByteKey!!";
  REQUIRE_NOTHROW(load_master_key(folder.file(secret, 0600)));
  REQUIRE_NOTHROW(load_master_key(folder.file(secret, 0400)));
  std::vector<std::string> bad{folder.path / "missing", folder.path, folder.file(secret + "!", 0600), folder.file("short", 0600), folder.file("", 0600)};
  for (const mode_t mode : {0644, 0640, 0660, 0604, 0610}) bad.push_back(folder.file(secret, mode));
  const auto link = folder.path / "link";
  std::filesystem::create_symlink(folder.file(secret, 0600), link);
  bad.push_back(link);
  for (const auto& name : bad) {
    CAPTURE(name);
    try {
      load_master_key(name);
      FAIL("accepted");
    } catch (const SessionError& error) {
      REQUIRE(std::string(error.what()).find("Sixteen") == std::string::npos);
    }
  }
}
