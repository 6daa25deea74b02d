#include "overlay/forwarding/explicit_route.h"
