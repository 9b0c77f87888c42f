#!/bin/sh
# Build the file system for the host, under ASan and UBSan, and test it:
# random operations against a model, damaged disks, open files and pipes.
#
#	tests/unix/fs/run.sh [FACTOR]	more work by this factor; default 1
#
# SEED=n repeats a run with other chances; BUILD=dir says where to build.
set -u
here=$(cd "$(dirname "$0")" && pwd)
kernel=$here/../../../kernel
factor=${1:-1}
seed=${SEED:-1}
build=${BUILD:-}
remove=
if [ -z "$build" ]; then
	build=$(mktemp -d)
	remove=$build
	trap 'rm -rf "$remove"' EXIT
fi
mkdir -p "$build"
export ASAN_OPTIONS=detect_leaks=0
PATH=$PATH:/usr/sbin:/sbin

flags="-std=gnu11 -g -O1 -Wall -Wextra -Werror -fsanitize=address,undefined
	-fno-sanitize-recover=all -fno-omit-frame-pointer -I$kernel -I$here"
# All but what needs devices, other layers, or threads.
sources=$(find "$kernel/unix/fs" -maxdepth 1 -name '*.c' \
	! -name 'device*' ! -name 'dev*fs.c' ! -name 'devpts*' \
	! -name 'writer.c' ! -name 'timerfd.c' ! -name 'file_async.c')
sources="$sources $kernel/core/vm/uio.c $kernel/core/task/watch.c
	$kernel/core/base/format.c
	$here/fake/fake.c $here/fake/callers.c $here/fake/objects.c
	$here/model.c $here/compare.c"
cc=${CC:-gcc}
# The folders have files of the same names.
# shellcheck disable=SC2086
compile() {
	mkdir -p "$build/$1"
	(cd "$build/$1" && shift && $cc $flags -c "$@")
}
# shellcheck disable=SC2086
compile fs $sources && compile ext2 "$kernel"/unix/fs/ext2/*.c &&
compile tmpfs "$kernel"/unix/fs/tmpfs/*.c &&
(cd "$build" && rm -f libfs.a && ar qc libfs.a fs/*.o ext2/*.o tmpfs/*.o) &&
for program in random corrupt files; do
	$cc $flags "$here/$program.c" "$build/libfs.a" -o "$build/$program" ||
		exit 1
done || exit 1

passed=0
failed=0

# check NAME COMMAND ...
check() {
	name=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $name: $*"
	fi
}

# image NAME SIZE MKE2FS-OPTIONS ...
image() {
	file=$build/$1.img
	rm -f "$file"
	truncate -s "$2" "$file"
	shift 2
	mke2fs -q -F -t ext2 "$@" "$file" 2> "$build/mke2fs.log" ||
		cat "$build/mke2fs.log"
}

# random NAME SIZE roomy|small|memory|small-memory OPERATIONS MKE2FS-OPTIONS ...
random() {
	name=$1 size=$2 kind=$3 steps=$4
	shift 4
	image "$name" "$size" "$@"
	check "$name" "$build/random" "$build/$name.img" "$seed" \
		$((steps * factor)) "$kind"
	seed=$((seed + 1))
}

random roomy-1k 32M roomy 3000 -b 1024 -g 2048
random roomy-2k 32M roomy 3000 -b 2048
random roomy-4k 48M roomy 3000 -b 4096
random memory 4M memory 4000 -b 1024
random small-memory 4M small-memory 6000 -b 1024
random full-1k 500K small 6000 -b 1024 -N 512
random full-2k 500K small 6000 -b 2048 -N 512
random full-4k 700K small 6000 -b 4096 -N 256
random inodes-1k 4M small 4000 -b 1024 -N 48
random inodes-4k 8M small 4000 -b 4096 -N 48 -I 128
random revision-0 16M roomy 2000 -b 1024 -r 0 -I 128 -O none
random no-types 16M roomy 2000 -b 4096 -O ^filetype
random groups 24M roomy 2000 -b 1024 -g 512 -N 8192 \
	-O ^resize_inode

# Directories that mke2fs filled, indexed by e2fsck: they lose the index.
mkdir -p "$build/many"
for i in $(seq 400); do
	echo "$i" > "$build/many/a-rather-long-name-to-fill-blocks-$i"
done
indexed() {
	image indexed 16M -b 1024 -d "$build/many"
	e2fsck -fyD "$build/indexed.img" > "$build/indexed.log" 2>&1
	debugfs -R htree "$build/indexed.img" > /dev/null 2>&1
	"$build/files" "$build/indexed.img"
}
check indexed indexed

for block in 1024 2048 4096; do
	image files-$block 8M -b $block
	check "files-$block" "$build/files" "$build/files-$block.img"
	image base-$block 6M -b $block
	"$build/random" "$build/base-$block.img" "$block" 300 small
	check "corrupt-$block" "$build/corrupt" "$build/base-$block.img" \
		"$seed" $((500 * factor))
done

# Disks that are refused: a sentence, no file system.
refused() {
	image refused 4M "$@"
	! "$build/files" "$build/refused.img" 2> "$build/refused.log" &&
		grep -q 'ext2: disk: ' "$build/refused.log"
}
check "refuse extents" refused -O extent
check "refuse 64k blocks" refused -b 65536
cut() {
	image cut 4M -b 1024
	truncate -s 3M "$build/cut.img"
	! "$build/files" "$build/cut.img" 2> "$build/cut.log" &&
		grep -q truncated "$build/cut.log"
}
check "refuse a truncated image" cut

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
