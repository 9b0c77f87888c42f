#!/bin/sh
# The symbol table of panics, as assembly: function names of a linked kernel.
#
#	symbols.sh NM ELF
#
# It is as large as the room kernel.ld keeps for it, or the assembler complains
# that .org goes backwards: then kernel.ld is to keep more.
#
#	count, offset of each function from KERNEL_BASE, where in the text its
#	name starts (words of 32 bits); the text, each name ended by a zero
set -eu

"$1" -n "$2" | LC_ALL=C awk '
BEGIN { nsymbols = 0 }
$3 == "symbols_start" { start = $1 }
$3 == "symbols_end" { end = $1 }
$2 ~ /^[Tt]$/ && $3 !~ /^[.$]/ && $3 !~ /^(text_end|rodata_start)$/ {
	# What a compiler of all files at once adds to the names of some.
	sub(/\.lto_priv\.[0-9]+$/, "", $3)
	names[nsymbols] = $3
	offsets[nsymbols++] = substr($1, 9)
}
END {
	print "\t.section .symbols, \"a\""
	printf "\t.word %d\n", nsymbols
	for (i = 0; i < nsymbols; i++)
		printf "\t.word 0x%s - 0x80000000\n", offsets[i]
	at = 0
	for (i = 0; i < nsymbols; i++) {
		printf "\t.word %d\n", at
		at += length(names[i]) + 1
	}
	for (i = 0; i < nsymbols; i++)
		printf "\t.asciz \"%s\"\n", names[i]
	printf "\t.org 0x%s - 0x%s\n", end, start
}'
