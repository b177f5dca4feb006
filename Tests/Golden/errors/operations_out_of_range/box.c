#include "../../boxes/backends.c"
