# cowslip: `make` builds kernel, programs and image.  See README.md.
#
#	make			build/Image, build/user/*, build/disk.img
#	make CC=clang		the same with clang; BUILD=... builds elsewhere
#	make LTO=		each file by itself: a slower kernel, linked sooner
#	make clean
#
# Everything an object depends on is known: its headers by -MMD, the flags by
# $(BUILD)/flags, the lists of sources by $(BUILD)/sources.
all: kernel user image

CROSS ?= riscv64-linux-gnu-
CC = $(CROSS)gcc
BUILD = build
PYTHON ?= /usr/bin/python3

# clang is every target's compiler; clang 14 has no name for zicsr and
# zifencei, and always has their instructions.
ifeq ($(findstring clang,$(CC)),)
MARCH = -march=rv64imac_zicsr_zifencei
LTO = -flto=auto
else
override CC += --target=riscv64-linux-gnu
MARCH := $(shell $(CC) -march=rv64imac_zicsr_zifencei -x c -c /dev/null \
	-o /dev/null 2>/dev/null && echo -march=rv64imac_zicsr_zifencei \
	|| echo -march=rv64imac)
endif

# ---- kernel ----------------------------------------------------------------
KERNEL_SOURCES := $(sort $(shell find kernel -name '*.c' -o -name '*.S'))
KERNEL_OBJECTS := $(patsubst %,$(BUILD)/%.o,$(KERNEL_SOURCES))

CPPFLAGS = -Ikernel -MMD -MP
KERNEL_FLAGS = $(MARCH) -mabi=lp64 -mcmodel=medany \
	-std=gnu11 -O2 -g -Wall -Wextra -Werror -ffreestanding -fno-common \
	-fno-pic -fno-pie -fno-stack-protector -fomit-frame-pointer \
	-fasynchronous-unwind-tables -fno-strict-aliasing $(LTO)

kernel: $(BUILD)/Image

$(BUILD)/kernel/%.o: kernel/% $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(KERNEL_FLAGS) -c $< -o $@

# The vDSO is a file of its own that the kernel carries along.
VDSO_SOURCES := $(sort $(wildcard vdso/*.c vdso/*.S))
VDSO_OBJECTS := $(patsubst %,$(BUILD)/%.o,$(VDSO_SOURCES))
VDSO_FLAGS = $(filter-out -fno-pic -fno-pie -g,$(KERNEL_FLAGS)) -fpic

$(BUILD)/vdso/%.o: vdso/% $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(VDSO_FLAGS) -c $< -o $@

$(BUILD)/vdso.so: $(VDSO_OBJECTS) vdso/vdso.ld
	$(CROSS)ld -shared --hash-style=both -soname linux-vdso.so.1 -Bsymbolic \
		--no-undefined --build-id=none -s -T vdso/vdso.ld -o $@ \
		$(VDSO_OBJECTS)

$(BUILD)/kernel/unix/sys/linux/vdso_image.S.o: $(BUILD)/vdso.so
$(BUILD)/kernel/unix/sys/linux/vdso_image.S.o: CPPFLAGS += -Wa,-I$(BUILD)
-include $(VDSO_OBJECTS:.o=.d)

# The names of functions, for backtraces, are put into the linked kernel.
KERNEL_LINK = $(CC) $(KERNEL_FLAGS) -nostdlib -static \
	-Wl,--build-id=none,--no-warn-rwx-segments -T kernel/kernel.ld

# Calls to these are made by the compiler, too, when all else is compiled.
$(BUILD)/kernel/core/base/string.c.o: LTO =

$(BUILD)/cowslip.linked: $(KERNEL_OBJECTS) kernel/kernel.ld
	$(KERNEL_LINK) -o $@ $(KERNEL_OBJECTS)

$(BUILD)/symbols.o: $(BUILD)/cowslip.linked tools/symbols.sh
	tools/symbols.sh $(CROSS)nm $< > $(BUILD)/symbols.S
	$(CC) $(KERNEL_FLAGS) -c $(BUILD)/symbols.S -o $@

$(BUILD)/cowslip: $(BUILD)/cowslip.linked $(BUILD)/symbols.o
	$(CROSS)objcopy -O binary -j .symbols $(BUILD)/symbols.o \
		$(BUILD)/symbols
	$(CROSS)objcopy --update-section .symbols=$(BUILD)/symbols $< $@

$(BUILD)/Image: $(BUILD)/cowslip
	$(CROSS)objcopy -O binary $< $@

-include $(KERNEL_OBJECTS:.o=.d)

# ---- programs --------------------------------------------------------------
include user/user.mk

USER_SOURCES := $(sort $(wildcard user/*.c user/*/*.c))
$(USER_SOURCES:%=$(USER_OBJECTS)/%.o): $(BUILD)/flags

# ---- image -----------------------------------------------------------------
IMAGE_FILES := $(shell find tools/image -type f)
IMAGE_TOOLS := $(wildcard tools/cowslip/*.py)

image: $(BUILD)/disk.img

# Programs go into the root folder without their debugging symbols, which stay
# in $(BUILD)/user for gdb.
$(BUILD)/disk.img: $(USER_PROGRAMS) $(IMAGE_FILES) $(IMAGE_TOOLS) $(BUILD)/sources
	@rm -rf $(BUILD)/root && mkdir -p -m 755 $(BUILD)/root
	@for file in $(USER_PROGRAMS); do \
		$(CROSS)strip -o $(BUILD)/root/$${file##*/} $$file || exit 1; done
	@cp -R tools/image/. $(BUILD)/root && chmod -R u=rwX,go=rX $(BUILD)/root
	PYTHONPATH=tools $(PYTHON) -B -m cowslip.image $(BUILD)/root $@

# ---- for editors -----------------------------------------------------------
# They ask about one build, the usual one.
ifeq ($(BUILD),build)
all: compile_commands.json
endif
compile_commands.json: $(BUILD)/flags $(BUILD)/sources tools/compile_commands.py
	@$(PYTHON) tools/compile_commands.py \
		"$(CC) $(CPPFLAGS) $(KERNEL_FLAGS)" $(KERNEL_SOURCES) -- \
		"$(CC) $(USER_CPPFLAGS) $(USER_FLAGS)" $(USER_SOURCES) > $@

# ---- what no file's date tells ---------------------------------------------
# Both files are rewritten only when they would say something new.  A list of
# sources that changed (one was removed, say) makes what is linked stale.
BUILD_FLAGS = $(strip $(CC) $(CROSS) $(CPPFLAGS) $(KERNEL_FLAGS) \
	$(USER_CPPFLAGS) $(USER_FLAGS) $(USER_LD))
BUILD_SOURCES = $(strip $(KERNEL_SOURCES) $(USER_SOURCES) $(IMAGE_FILES))

ifneq ($(BUILD_FLAGS),$(file <$(BUILD)/flags))
$(shell mkdir -p $(BUILD))
$(file >$(BUILD)/flags,$(BUILD_FLAGS))
endif
ifneq ($(BUILD_SOURCES),$(file <$(BUILD)/sources))
$(shell rm -f $(BUILD)/cowslip $(BUILD)/cowslip.first $(USER_LIB) $(USER_PROGRAMS) $(LINUX_INIT) $(BUILD)/disk.img)
$(file >$(BUILD)/sources,$(BUILD_SOURCES))
endif

clean:
	rm -rf $(BUILD) compile_commands.json

.DELETE_ON_ERROR:
.PHONY: all kernel user image clean
