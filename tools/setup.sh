# Set-up on Debian 12 or newer, for ./run and ./test to source: what is missing
# is installed with apt-get, as root or through sudo; on another system what is
# needed is printed.
#
# setup_for_run, setup_for_test: return if all is there, else exit 1.

setup_qemu_min=7.2

# A tool is checked by what is used of it, not by its package.
setup_missing() {
	missing=
	command -v qemu-system-riscv64 >/dev/null ||
		missing="$missing $(setup_qemu_package)"
	[ -e /usr/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin ] ||
		! setup_is_debian || missing="$missing opensbi"
	command -v riscv64-linux-gnu-gcc >/dev/null ||
		missing="$missing gcc-riscv64-linux-gnu"
	command -v riscv64-linux-gnu-ld >/dev/null ||
		missing="$missing binutils-riscv64-linux-gnu"
	command -v make >/dev/null || missing="$missing make"
	PATH="$PATH:/usr/sbin:/sbin" command -v mke2fs >/dev/null &&
		PATH="$PATH:/usr/sbin:/sbin" command -v debugfs >/dev/null ||
		missing="$missing e2fsprogs"
	/usr/bin/python3 -c 'import dataclasses, selectors, termios, tempfile' \
		2>/dev/null || missing="$missing python3"
	[ "$1" = run ] || setup_missing_debian
	[ "$1" = test ] || return 0
	/usr/bin/python3 -c 'import pytest' 2>/dev/null ||
		missing="$missing python3-pytest"
	/usr/bin/python3 -c 'import xdist' 2>/dev/null ||
		missing="$missing python3-pytest-xdist"
	/usr/bin/python3 -c 'import pexpect' 2>/dev/null ||
		missing="$missing python3-pexpect"
	command -v gcc >/dev/null || missing="$missing gcc"
	[ -e /usr/include/stdio.h ] || missing="$missing libc6-dev"
	# For the programs of tests/linux.
	[ -e /usr/riscv64-linux-gnu/include/stdio.h ] ||
		missing="$missing libc6-dev-riscv64-cross"
	command -v riscv64-linux-gnu-g++ >/dev/null ||
		missing="$missing g++-riscv64-linux-gnu"
	command -v clang >/dev/null || missing="$missing clang"
	# The sanitizers and libFuzzer of the clang that is there, or will be.
	setup_has_fuzzer || missing="$missing libclang-rt-dev"
}

# What fetches a Debian for the guest; apt's own tools are there.
setup_missing_debian() {
	command -v mmdebstrap >/dev/null || missing="$missing mmdebstrap"
	command -v fakeroot >/dev/null || missing="$missing fakeroot"
	PATH="$PATH:/usr/sbin:/sbin" command -v resize2fs >/dev/null ||
		missing="$missing e2fsprogs"
	set -- /usr/share/keyrings/debian-archive-keyring.*
	[ -e "$1" ] || missing="$missing debian-archive-keyring"
}

setup_has_fuzzer() {
	command -v clang >/dev/null || return 1
	folder=$(clang -print-resource-dir) || return 1
	[ -n "$(find "$folder/lib" -name 'libclang_rt.fuzzer*' 2>/dev/null)" ]
}

# Debian 13 and newer have RISC-V's QEMU in a package of its own.
setup_qemu_package() {
	if apt-cache show qemu-system-riscv >/dev/null 2>&1; then
		echo qemu-system-riscv
	else
		echo qemu-system-misc
	fi
}

# 12 or newer; testing and unstable have no number.
setup_is_debian() {
	[ -r /etc/os-release ] && command -v apt-get >/dev/null || return 1
	(
		ID='' VERSION_ID=''
		. /etc/os-release
		[ "$ID" = debian ] && [ "${VERSION_ID:-99}" -ge 12 ]
	) 2>/dev/null
}

setup_refuse() {
	echo "$1" >&2
	exit 1
}

setup_install() {
	sudo=
	if [ "$(id -u)" != 0 ]; then
		sudo=sudo
		command -v sudo >/dev/null || setup_refuse \
			"cowslip needs these packages, and neither root nor sudo is here to install them:$missing"
	fi
	# Package names may have changed since the lists were fetched.
	if ! log=$($sudo apt-get -q update 2>&1 </dev/null); then
		echo "$log" >&2
		setup_refuse "apt-get update failed; cowslip needs:$missing"
	fi
	setup_missing "$1"
	echo "cowslip: installing$missing" >&2
	if ! log=$($sudo env DEBIAN_FRONTEND=noninteractive apt-get -qy \
	    --no-install-recommends install $missing 2>&1 </dev/null); then
		echo "$log" >&2
		setup_refuse "apt-get could not install$missing"
	fi
}

setup_check_qemu() {
	version=$(qemu-system-riscv64 --version |
		sed -n '1s/.*version \([0-9]*\.[0-9]*\).*/\1/p')
	if [ "$(printf '%s\n' "$setup_qemu_min" "${version:-0}" |
	    sort -V | head -n 1)" != "$setup_qemu_min" ]; then
		setup_refuse "cowslip needs QEMU $setup_qemu_min or newer; $(command -v qemu-system-riscv64) is ${version:-of no known version}."
	fi
}

setup_all() {
	setup_missing "$1"
	if [ -n "$missing" ]; then
		setup_is_debian || setup_refuse \
			"cowslip sets itself up on Debian 12 or newer only. On this system, install what these packages of Debian's hold:$missing"
		setup_install "$1"
		setup_missing "$1"
		[ -z "$missing" ] || setup_refuse \
			"still missing after the installation:$missing"
	fi
	setup_check_qemu
}

# $@: ./run's arguments
setup_for_run() {
	kind=run
	for word; do
		case $word in
		--debian | --debian=*) kind=debian ;;
		esac
	done
	setup_all $kind
}

setup_for_test() {
	setup_all test
}
