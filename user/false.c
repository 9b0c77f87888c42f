/* false: fail. */
#include "cowslip.h"

int
main(void)
{
	return 1;
}
