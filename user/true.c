/* true: succeed. */
#include "cowslip.h"

int
main(void)
{
	return 0;
}
