#include "mpc/lanes.h"

#include <boost/context/fiber.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>

#include <exception>
#include <optional>
#include <utility>

#include "mpc/fiber_annotations.h"

namespace crypten {
namespace {

namespace context = boost::context;

// Unwinds a lane that will not be continued. Not an std::exception: no handler of errors may take it for one.
struct Cancelled {};

// Guarded stacks, kept for the next lanes: mapping one costs more than running a short lane.
class StackPool {
 public:
  ~StackPool() {
    for (auto& stack : free_) allocator_.deallocate(stack);
  }
  context::stack_context take() {
    if (free_.empty()) return allocator_.allocate();
    auto stack = free_.back();
    free_.pop_back();
    return stack;
  }
  void give_back(context::stack_context stack) { free_.push_back(stack); }

 private:
  context::protected_fixedsize_stack allocator_{kLaneStackBytes};
  std::vector<context::stack_context> free_;
};

struct Lane {
  context::fiber here;      // where the lane stands, while it is suspended
  context::fiber resumer;   // who waits for it to suspend, while it runs
  bool done = false;
  bool cancelled = false;
  std::exception_ptr error;
  FiberAnnotation own, resumers;
};

struct PooledStack {
  StackPool* pool;
  Lane* lane;
  context::stack_context allocate() {
    const auto stack = pool->take();
    lane->own.created(static_cast<char*>(stack.sp) - stack.size, stack.size);
    return stack;
  }
  void deallocate(context::stack_context& stack) { pool->give_back(stack); }
};

}  // namespace

struct Lanes::State {
  std::function<void()> round;
  StackPool stacks;
  Lane* current = nullptr;  // null: the party's own thread of control

  void start(Lane& lane, const std::function<void()>& work) {
    lane.here = context::fiber(std::allocator_arg, PooledStack{&stacks, &lane}, [&lane, &work](context::fiber&& resumer) {
      lane.own.entered(lane.resumers);
      lane.resumer = std::move(resumer);
      try {
        if (!lane.cancelled) work();
      } catch (const Cancelled&) {  // NOLINT(bugprone-empty-catch): unwinding was the purpose
      } catch (...) {
        lane.error = std::current_exception();
      }
      lane.done = true;
      lane.own.leave_for(lane.resumers, true);
      return std::move(lane.resumer);
    });
  }

  void resume(Lane& lane) {
    Lane* const outer = std::exchange(current, &lane);
    lane.resumers.leave_for(lane.own);
    lane.here = std::move(lane.here).resume();
    lane.resumers.entered(lane.own);
    if (lane.done) lane.own.destroyed();
    current = outer;
  }

  void wait() {
    if (!current) return round();
    Lane& lane = *current;
    lane.own.leave_for(lane.resumers);
    lane.resumer = std::move(lane.resumer).resume();
    lane.own.entered(lane.resumers);
    if (lane.cancelled) throw Cancelled{};  // NOLINT(bugprone-std-exception-baseclass): handlers of std::exception must not hold it up
  }
};

Lanes::Lanes(std::function<void()> round) : state_(std::make_unique<State>()) { state_->round = std::move(round); }
Lanes::~Lanes() = default;

bool Lanes::inside() const { return state_->current != nullptr; }

void Lanes::wait_for_round() { state_->wait(); }

void Lanes::together(const std::vector<std::function<void()>>& work) {
  if (work.size() == 1) work[0]();
  if (work.size() < 2) return;
  std::vector<Lane> lanes(work.size());
  for (size_t i = 0; i < work.size(); ++i) state_->start(lanes[i], work[i]);

  std::exception_ptr error;
  while (!error) {
    bool waiting = false;
    for (auto& lane : lanes) {
      if (lane.done) continue;
      state_->resume(lane);
      error = lane.error;
      if (error) break;
      waiting |= !lane.done;
    }
    if (error || !waiting) break;
    try {
      state_->wait();  // in a lane of our own: its siblings go on, and the round comes when they wait as well
    } catch (...) {
      error = std::current_exception();
    }
  }
  // Outside of any handler: the lanes throw and catch on stacks of their own.
  for (auto& lane : lanes) {
    if (lane.done) continue;
    lane.cancelled = true;
    state_->resume(lane);
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace crypten
