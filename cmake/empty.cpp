// Gives a target without own sources something to compile.
