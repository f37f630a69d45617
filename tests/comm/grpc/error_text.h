// Errors as text, so that threads hand them to the asserting one: "Class: problem | where | why".
#pragma once

#include <exception>
#include <functional>
#include <string>

#include "crypten_core/error.h"

namespace crypten::test {

inline std::string class_of(const Error& error) {
  auto is = [&]<class Class>(const Class*) { return dynamic_cast<const Class*>(&error) != nullptr; };
  if (is(static_cast<CertificateUntrusted*>(nullptr))) return "CertificateUntrusted";
  if (is(static_cast<CertificateExpired*>(nullptr))) return "CertificateExpired";
  if (is(static_cast<PeerIdentityMismatch*>(nullptr))) return "PeerIdentityMismatch";
  if (is(static_cast<RankTaken*>(nullptr))) return "RankTaken";
  if (is(static_cast<RendezvousTimeout*>(nullptr))) return "RendezvousTimeout";
  if (is(static_cast<ConfigMismatch*>(nullptr))) return "ConfigMismatch";
  if (is(static_cast<InvalidArgument*>(nullptr))) return "InvalidArgument";
  return is(static_cast<SessionError*>(nullptr)) ? "SessionError" : "Error";
}

// Empty if there was no failure.
inline std::string told(const std::exception_ptr& failure) {
  if (!failure) return "";
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return class_of(error) + ": " + error.problem() + " | " + error.where() + " | " + error.why() + " | " + error.todo();
  } catch (const std::exception& error) {
    return error.what();
  }
}

inline std::string told_by(const std::function<void()>& work) {
  try {
    work();
    return "";
  } catch (...) {
    return told(std::current_exception());
  }
}

inline bool starts_with(const std::string& text, const std::string& start) { return text.rfind(start, 0) == 0; }
inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace crypten::test
