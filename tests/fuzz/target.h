// What a fuzz target is: one file with examine() and seeds(), linked with driver.cpp, which gives it every input that libFuzzer makes and watches the memory it takes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "comm/channel.h"

namespace crypten::fuzz {

using Input = ByteVector;

// Decodes one input and checks what must hold of every input. Ends the program with require() where it does not.
void examine(Bytes input);

// Valid inputs, one of each kind: the committed corpus (tools/fuzz.sh --seeds writes it). A function of nothing: equal on every machine.
std::vector<Input> seeds();

// The most memory that may be in use for an input: allowance + growth · its size. So no length is believed before the bytes are there.
struct Memory {
  size_t growth, allowance = size_t{64} << 10;
};
Memory memory();

// Ends the program with a report unless `holds`.
void require(bool holds, const char* what);

// Runs it; a named error (crypten::Error) with a message fit for a terminal is an answer, any other exception is a finding. True: no error.
bool named(const std::function<void()>& decode);

Input bytes_of_text(const std::string& text);

}  // namespace crypten::fuzz
