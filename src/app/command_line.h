#pragma once

namespace sallyport::app {

/// Runs what the arguments ask for and returns the exit status.
int run_command_line(int argc, char** argv, char** environment);

}  // namespace sallyport::app
