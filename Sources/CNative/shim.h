#include "../../Middleboxes/runtime/run.h"
