/* mv: rename a file, or move files into a folder. */
#include "cowslip.h"

int
main(int argc, char **argv)
{
	return do_into(argc, argv, "move", rename);
}
