#include "mpc/provider/master_key.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "crypten_core/error.h"
#include "mpc/provider/error_codes.h"

namespace crypten {
namespace {

using KeyBytes = std::array<uint8_t, 16>;

[[noreturn]] void refuse(const std::string& path, std::string why, std::string todo) {
  throw SessionError(provider_code::master_key, "the dealer's master key cannot be used", path, std::move(why), std::move(todo));
}

// Closes itself.
class File {
 public:
  File(const std::string& path, int flags, mode_t mode) : descriptor_(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, mode)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

std::string system_reason() { return std::strerror(errno); }

template <class Transfer>
bool transfer_all(KeyBytes& bytes, Transfer transfer) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t part = transfer(bytes.data() + done, bytes.size() - done);
    if (part < 0 && errno == EINTR) continue;
    if (part <= 0) return false;
    done += static_cast<size_t>(part);
  }
  return true;
}

}  // namespace

Key load_master_key(const std::string& path) {
  const File file(path, O_RDONLY, 0);
  if (file.descriptor() < 0) refuse(path, system_reason(), "create one with crypten-dealer --create-master-key FILE");
  struct stat status {};
  if (::fstat(file.descriptor(), &status) != 0) refuse(path, system_reason(), "name a file");
  if (!S_ISREG(status.st_mode)) refuse(path, "it is not a regular file", "name a file");
  if (status.st_uid != ::geteuid()) refuse(path, "it belongs to another user", "let the user who runs the dealer own it");
  if ((status.st_mode & 077) != 0) refuse(path, "group or others may use it", "chmod 600 " + path);
  KeyBytes bytes{};
  if (status.st_size != static_cast<off_t>(bytes.size())) {
    refuse(path, std::to_string(status.st_size) + " bytes, expected 16", "create one with crypten-dealer --create-master-key FILE");
  }
  const bool read = transfer_all(bytes, [&](uint8_t* to, size_t size) { return ::read(file.descriptor(), to, size); });
  const Key key(bytes);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  if (!read) refuse(path, "it could not be read", "check the disk");
  return key;
}

void create_master_key(const std::string& path) {
  KeyBytes bytes{};
  system_entropy(bytes);
  const File file(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (file.descriptor() < 0) refuse(path, system_reason(), "name a file that does not exist yet");
  const bool written = transfer_all(bytes, [&](uint8_t* from, size_t size) { return ::write(file.descriptor(), from, size); });
  OPENSSL_cleanse(bytes.data(), bytes.size());
  if (!written || ::fsync(file.descriptor()) != 0) {
    ::unlink(path.c_str());
    refuse(path, "it could not be written", "check the disk");
  }
}

}  // namespace crypten
