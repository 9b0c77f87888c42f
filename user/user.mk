# The programs of user/: $(USER_PROGRAMS), as $(BUILD)/user/NAME.  A program
# is user/NAME.c, or the folder user/NAME/*.c, or both together.  Not among
# them: $(LINUX_INIT), process 1 of a Linux root.

USER_NAMES := $(sort $(basename $(notdir $(wildcard user/*.c))) \
	$(filter-out lib linux,$(notdir $(patsubst %/,%,$(dir $(wildcard user/*/*.c))))))
USER_PROGRAMS := $(USER_NAMES:%=$(BUILD)/user/%)

# Objects stand apart: $(BUILD)/user/NAME is a file, NAME/ would be a folder.
USER_OBJECTS := $(BUILD)/objects
USER_LIB_SOURCES := $(wildcard user/lib/*.c)
USER_LIB_OBJECTS := $(USER_LIB_SOURCES:%=$(USER_OBJECTS)/%.o)
USER_LIB := $(USER_OBJECTS)/user/lib.a

LINUX_INIT := $(BUILD)/linux/init

USER_CPPFLAGS = -Ikernel -Iuser/lib -Iuser -MMD -MP
USER_FLAGS = $(MARCH) -mabi=lp64 -mcmodel=medany -std=gnu11 -O2 \
	-g -Wall -Wextra -Werror -ffreestanding -nostdlib -fno-common -fno-pic \
	-fno-pie -fno-stack-protector -mno-relax
# gcc would turn the loop of memcpy into a call of memcpy.
ifeq ($(findstring clang,$(CC)),)
USER_FLAGS += -fno-tree-loop-distribute-patterns
endif
USER_LD = $(CROSS)ld -nostdlib -static -z max-page-size=4096 -T user/user.ld

user: $(USER_PROGRAMS) $(LINUX_INIT)

$(USER_OBJECTS)/user/%.o: user/% user/user.mk
	@mkdir -p $(@D)
	$(CC) $(USER_CPPFLAGS) $(USER_FLAGS) -c $< -o $@

$(USER_LIB): $(USER_LIB_OBJECTS)
	@rm -f $@
	$(CROSS)ar rcs $@ $^

# $(1): a program's name
define user_program
$(BUILD)/user/$(1): $(patsubst %,$(USER_OBJECTS)/%.o,$(wildcard user/$(1).c \
    user/$(1)/*.c)) $(USER_OBJECTS)/user/lib/start.c.o $(USER_LIB) user/user.ld
	@mkdir -p $$(@D)
	$$(USER_LD) $$(filter %.o %.a,$$^) -o $$@
endef
$(foreach name,$(USER_NAMES),$(eval $(call user_program,$(name))))

# As Linux's own programs are linked: not where the xv6 door's begin.
$(LINUX_INIT): $(USER_OBJECTS)/user/linux/init.c.o
	@mkdir -p $(@D)
	$(CROSS)ld -nostdlib -static -z max-page-size=4096 \
		-Ttext-segment=0x10000 $< -o $@

-include $(shell find $(USER_OBJECTS)/user -name '*.d' 2>/dev/null)
.PHONY: user
