#include "mpc/round.h"

#include <algorithm>
#include <utility>

#include "mpc/wire_form.h"

namespace crypten {

uint64_t Round::queue(Party::Opening opening) {
  queue_.push_back({next_ticket_, std::move(opening)});
  return next_ticket_++;
}

void Round::withdraw(uint64_t ticket) {
  std::erase_if(queue_, [ticket](const Entry& entry) { return entry.ticket == ticket; });
}

void Round::run(Communicator& communicator) {
  auto entries = std::exchange(queue_, {});
  const int rank = communicator.rank(), n = communicator.world_size();
  std::vector<std::unique_ptr<WireForm>> forms;
  for (const auto& entry : entries) forms.push_back(WireForm::of(entry.opening, ring_bits_));
  const auto learns = [&](size_t i, int p) { return !entries[i].opening.to || *entries[i].opening.to == p; };

  std::vector<Communicator::Gather> send(static_cast<size_t>(n));
  std::vector<Communicator::Scatter> receive(static_cast<size_t>(n));
  for (size_t i = 0; i < entries.size(); ++i) {
    if (forms[i]->bytes() == 0) continue;
    for (int p = 0; p < n; ++p) {
      if (p == rank) continue;
      if (learns(i, p)) send[static_cast<size_t>(p)].push_back(forms[i]->to_send());
      if (learns(i, rank)) receive[static_cast<size_t>(p)].push_back(forms[i]->receive_from(p));
    }
  }
  // Of the first `bytes` that go to whoever `p` is, each form's part.
  const auto for_each_part = [&](int p, size_t bytes, auto&& act) {
    for (size_t i = 0; i < entries.size() && bytes > 0; ++i) {
      if (!learns(i, p)) continue;
      const size_t part = std::min(bytes, forms[i]->bytes());
      if (part > 0) act(*forms[i], part);
      bytes -= part;
    }
  };
  communicator.exchange(
      send, receive,
      {.needed = [&](int p, size_t bytes) { for_each_part(p, bytes, [](WireForm& form, size_t part) { form.needed(part); }); },
       .arrived = [&](int p, size_t bytes) { for_each_part(rank, bytes, [p](WireForm& form, size_t part) { form.arrived(p, part); }); }});
  for (size_t i = 0; i < entries.size(); ++i) entries[i].opening.done(learns(i, rank) ? forms[i]->opened() : at::Tensor());
}

}  // namespace crypten
