#!/bin/sh
# The proof of kernel/core/mem and kernel/core/vm on the host, and the test of
# what reads unwind tables.
#
#	tests/core/run.sh [--quick]
#
# Builds in $BUILD (default build/host) only what changed, runs every suite,
# prints one line for each and at the end "N passed, N failed".  --quick: fewer
# steps, no mutations.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build/host}
CC=${CLANG:-clang}
quick=false
case ${1-} in
--quick) quick=true ;;
'') ;;
*) echo "usage: tests/core/run.sh [--quick]" >&2; exit 2 ;;
esac

common="-std=gnu11 -g -Wall -Wextra -Werror -fno-omit-frame-pointer -MMD -MP"
checked="-O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined"
wrap="-Wl,--wrap=reclaim_alloc,--wrap=reclaim_alloc_reserved,--wrap=reclaim_alloc_waiting,--wrap=pool_alloc,--wrap=fault_quick,--wrap=rows_find,--wrap=stock_fill_free"
# fence_view.c brings core/vm/fence.c itself.
shared=$(ls kernel/core/mem/*.c kernel/core/vm/*.c tests/core/fake/*.c \
	| grep -v '/fence\.c$')
shared="$shared tests/core/world.c tests/core/perform.c tests/core/objects.c
	tests/core/model.c tests/core/model_range.c tests/core/check.c
	tests/core/check_counts.c
	tests/core/fence_view.c tests/core/generate.c tests/core/orders.c
	tests/core/words.c tests/core/found.c tests/core/found_range.c
	tests/core/found_borrow.c tests/core/found_fork.c
	tests/core/found_file.c tests/core/found_vacancy.c tests/core/fail.c
	tests/core/check_fence.c"

# Whether an object is older than something it was made from.
stale() {
	[ -f "$1" ] && [ -f "${1%.o}.d" ] || return 0
	for needed in $(sed -n '1,/^$/{s/^[^:]*://;s/\\$//;p;}' "${1%.o}.d" |
	    grep -v ':$'); do
		[ -e "$needed" ] && [ ! "$needed" -nt "$1" ] || return 0
	done
	return 1
}

# build GEOMETRY FOLDER FLAGS MAIN: the program $BUILD/FOLDER/MAIN
build() {
	folder=$BUILD/$2
	mkdir -p "$folder"
	[ "$(cat "$folder/flags" 2>/dev/null)" = "$CC $common $3" ] ||
		rm -f "$folder"/*.o
	echo "$CC $common $3" > "$folder/flags"
	objects=
	case $4 in
	unwind) sources=$(ls kernel/core/cpu/unwind*.c) ;;
	*) sources=$shared ;;
	esac
	for source in $sources "tests/core/$4.c"; do
		object=$folder/$(echo "$source" | tr / _).o
		objects="$objects $object"
		stale "$object" || continue
		$CC $common $3 -Itests/core/fake/"$1" -Itests/core/fake \
			-Itests/core -Ikernel -c "$source" -o "$object" ||
			return 1
	done
	case $4 in
	fuzz) $CC -fsanitize=fuzzer,address,undefined $wrap $objects \
		-o "$folder/$4" ;;
	*) $CC $3 $wrap $objects -o "$folder/$4" ;;
	esac
}

passed=0
failed=0

# suite NAME COMMAND...: run it, one line; all it said if it fails
suite() {
	name=$1
	shift
	start=$(date +%s)
	if "$@" > "$BUILD/$name.log" 2>&1; then
		passed=$((passed + 1))
		verdict=passed
	else
		failed=$((failed + 1))
		verdict=FAILED
		grep -v "doesn't fully support makecontext" "$BUILD/$name.log" |
			tail -n 200
	fi
	echo "core/$name: $verdict ($(($(date +%s) - start)) s): $(
	    grep -v "doesn't fully support makecontext" "$BUILD/$name.log" |
	    tail -n 1)"
}

mkdir -p "$BUILD"
printf '%s\n' "$wrap" > "$BUILD/wrap"
for main in random races failnth; do
	build small small "$checked" $main || exit 1
done
build real real "$checked" random || exit 1
build real real "$checked" traps || exit 1
build real unwind "$checked" unwind || exit 1
build small explore "-O2" explore || exit 1
build small fuzz "-O1 -fsanitize=fuzzer-no-link,address,undefined" fuzz || exit 1

if $quick; then
	steps=100000 real_steps=5000 rounds=3000 fuzz_seconds=3 depth=3
else
	steps=1000000 real_steps=60000 rounds=30000 fuzz_seconds=20 depth=6
fi
few=$((steps / 10))

suite random "$BUILD/small/random" -n $steps
suite random-small-ranges "$BUILD/small/random" -n $few -s 6 -r
suite random-few-asids "$BUILD/small/random" -n $few -s 2 -a 2
suite random-asid-rollover "$BUILD/small/random" -n $few -s 3 -a 4
suite random-little-memory "$BUILD/small/random" -n $few -s 4 -f 600
suite random-real-geometry "$BUILD/real/random" -n $real_steps -s 5 -f 1000
suite failnth "$BUILD/small/failnth"
suite traps "$BUILD/real/traps"
suite races "$BUILD/small/races" -n $rounds
suite races-few-asids "$BUILD/small/races" -n $((rounds / 5)) -s 1000000 -a 2
suite races-asid-rollover "$BUILD/small/races" -n $((rounds / 5)) -s 2000000 -a 4
suite explore "$BUILD/explore/explore" -d $depth
suite unwind "$BUILD/unwind/unwind"
mkdir -p "$BUILD/fuzz/corpus"
suite fuzz "$BUILD/fuzz/fuzz" -max_total_time=$fuzz_seconds -max_len=2400 \
	-artifact_prefix="$BUILD/fuzz/" "$BUILD/fuzz/corpus"
$quick || suite mutate python3 tests/core/mutate.py "$BUILD"

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
