// barrier: nobody goes on before all have come.
#pragma once

#include "comm/communicator.h"

namespace crypten {

// Cost: 1 round, 0 bytes of payload (a frame header to every peer). Throws: as Communicator::exchange.
void barrier(Communicator& communicator);

}  // namespace crypten
