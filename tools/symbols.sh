#!/bin/sh
# The symbol table of panics, as assembly: function names of a linked kernel.
#
#	symbols.sh NM [ELF]
#
# Without an ELF the table is empty: so the first link has one, too.  The
# table stands at the end of the read-only data (kernel.ld), so no function
# moves when it is filled in.
set -eu

nm=$1
list() {
	if [ $# -gt 0 ]; then
		"$nm" -n "$1"
	fi
}
shift

list "$@" | LC_ALL=C awk '
BEGIN { nsymbols = 0 }
$2 ~ /^[Tt]$/ && $3 !~ /^[.$]/ && $3 !~ /^(text_end|rodata_start)$/ {
	names[nsymbols] = $3
	offsets[nsymbols++] = substr($1, 9)
}
END {
	print "\t.section .symbols, \"a\"\n\t.balign 4"
	print "\t.globl symbol_count, symbol_offsets, symbol_names, symbol_text"
	printf "symbol_count:\n\t.word %d\n", nsymbols
	print "symbol_offsets:"
	for (i = 0; i < nsymbols; i++)
		printf "\t.word 0x%s - 0x80000000\n", offsets[i]
	print "symbol_names:"
	at = 0
	for (i = 0; i < nsymbols; i++) {
		printf "\t.word %d\n", at
		at += length(names[i]) + 1
	}
	print "symbol_text:"
	for (i = 0; i < nsymbols; i++)
		printf "\t.asciz \"%s\"\n", names[i]
	print "\t.byte 0"
}'
