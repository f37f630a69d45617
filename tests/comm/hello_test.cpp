#include "comm/hello.h"

#include <catch2/catch.hpp>

#include "comm/byte_codec.h"
#include "comm/session.h"

using namespace crypten;

namespace {

Hello sample_hello() {
  Hello hello;
  hello.library_version = "1.2.3";
  hello.sender = 0;
  hello.receiver = 1;
  hello.world_size = 2;
  hello.run_id = "run";
  hello.roster_hash.fill(0xab);
  hello.config = {{"a.first", "1"}, {"b.second", "x"}};
  hello.program = "main";
  hello.nonce.fill(7);
  return hello;
}

}  // namespace

TEST_CASE("a hello survives the wire; cut short anywhere or prolonged it is refused") {
  auto bytes = encode(sample_hello());
  const auto back = decode_hello(bytes);
  REQUIRE(back.ok());
  CHECK(*back == sample_hello());
  for (size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(decode_hello(Bytes(bytes).first(size)).ok());
  bytes.push_back(std::byte{0});
  CHECK_FALSE(decode_hello(bytes).ok());
}

TEST_CASE("a hello cannot make its reader take memory") {
  Hello long_text = sample_hello();
  long_text.run_id = std::string(kLongestHelloText + 1, 'x');
  CHECK_FALSE(decode_hello(encode(long_text)).ok());
  Hello many = sample_hello();
  many.config.assign(kMostConfigFields + 1, {"n", "v"});
  CHECK_FALSE(decode_hello(encode(many)).ok());
  Hello unsorted = sample_hello();
  std::swap(unsorted.config[0], unsorted.config[1]);
  CHECK_FALSE(decode_hello(encode(unsorted)).ok());
}

TEST_CASE("the prefix of a step: own magic, known step, at most 64 KiB; another revision is only reported") {
  const auto message = encode_step(HandshakeStep::accepted, bytes_of("abc"), kProtocolRevision);
  Bytes body;
  const auto prefix = decode_step(message, body);
  REQUIRE(prefix.ok());
  CHECK(prefix->revision == kProtocolRevision);
  CHECK(prefix->step == HandshakeStep::accepted);
  CHECK(body.size() == 3);
  for (size_t size = 0; size < 13; ++size) CHECK_FALSE(decode_step(Bytes(message).first(size), body).ok());
  auto foreign = message;
  foreign[0] ^= std::byte{1};
  CHECK_FALSE(decode_step(foreign, body).ok());
  auto unknown = message;
  unknown[12] = std::byte{9};
  CHECK_FALSE(decode_step(unknown, body).ok());
  const auto newer = decode_step(encode_step(static_cast<HandshakeStep>(9), {}, kProtocolRevision + 1), body);
  REQUIRE(newer.ok());
  CHECK(newer->revision == kProtocolRevision + 1);
  CHECK_FALSE(decode_step(ByteVector(kLongestHandshakeMessage + 1, std::byte{}), body).ok());
}

TEST_CASE("the first difference is named, with both values") {
  CHECK_FALSE(first_difference(sample_hello(), sample_hello()));
  const auto differs = [](auto change, const std::string& field, const std::string& theirs, bool is_version = false) {
    Hello other = sample_hello();
    change(other);
    const auto difference = first_difference(sample_hello(), other);
    REQUIRE(difference);
    CHECK(difference->field == field);
    CHECK(difference->theirs == theirs);
    CHECK(difference->ours != theirs);
    CHECK(difference->is_version == is_version);
  };
  differs([](Hello& h) { h.library_version = "9"; }, "library version", "9", true);
  differs([](Hello& h) { h.world_size = 3; }, "world size", "3");
  differs([](Hello& h) { h.run_id = "other"; }, "run id", "other");
  differs([](Hello& h) { h.roster_hash.fill(0xcd); }, "roster", "cdcdcdcdcdcdcdcd");
  differs([](Hello& h) { h.config[1].second = "y"; }, "b.second", "y");
  differs([](Hello& h) { h.config.pop_back(); }, "b.second", "(absent)");
  differs([](Hello& h) { h.config.insert(h.config.begin() + 1, {"a.new", "5"}); }, "a.new", "5");
  differs([](Hello& h) { h.program = "else"; }, "program", "else");
  differs([](Hello& h) { h.run_id = "b\n"; }, "run id", "b?");
  Hello same = sample_hello();  // what is each side's own is no difference
  same.sender = 1;
  same.receiver = 0;
  same.nonce.fill(9);
  CHECK_FALSE(first_difference(sample_hello(), same));
}
