#include <cstdio>
#include <exception>

#include "app/command_line.h"

extern char** environ;

int main(int argc, char** argv) {
  try {
    return sallyport::app::run_command_line(argc, argv, environ);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sallyport: %s\n", error.what());
    return 70;
  }
}
