/*
 * The program that `fork-exec` runs: it does nothing.
 */
int
main(void)
{
	return 0;
}
