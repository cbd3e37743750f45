// Entry of lazynp_cpp_tests: runs all tests, or those whose name contains the first argument.
#include "tests/cpp/check.h"

int main(int argc, char** argv) { return check::run_tests(argc > 1 ? argv[1] : ""); }
