# cowslip: `make` builds kernel, programs and image.  See README.md.
all: kernel

CROSS ?= riscv64-linux-gnu-
CC = $(CROSS)gcc
BUILD = build

KERNEL_SOURCES := $(shell find kernel -name '*.c' -o -name '*.S')
KERNEL_OBJECTS := $(patsubst %,$(BUILD)/%.o,$(KERNEL_SOURCES))

CPPFLAGS = -Ikernel -MMD -MP
KERNEL_FLAGS = -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany \
	-std=gnu11 -O2 -g -Wall -Wextra -Werror -ffreestanding -fno-common \
	-fno-pic -fno-pie -fno-stack-protector -fno-omit-frame-pointer \
	-fno-strict-aliasing -mno-relax

kernel: $(BUILD)/cowslip

$(BUILD)/kernel/%.o: kernel/%
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(KERNEL_FLAGS) -c $< -o $@

-include $(KERNEL_OBJECTS:.o=.d)
.PHONY: all kernel
