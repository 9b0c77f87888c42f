/*
 * Short words for the named tests: each is one operation, which the model
 * checks as it checks random ones.
 */
#pragma once

#include "world.h"

void create(uint8_t space);
void destroy(uint8_t space);
void enter(uint8_t hart, uint8_t space);
void fork_space(uint8_t hart, uint8_t space, uint8_t child);
void map(uint8_t space, uint16_t first, uint16_t last, uint8_t prot);
void map_object(uint8_t space, uint16_t first, uint16_t last, uint8_t object,
    bool shared);
void unmap(uint8_t hart, uint8_t space, uint16_t first, uint16_t last);
/* return: the page faults it took */
uint64_t store(uint8_t hart, uint16_t cell, uint8_t value);
uint64_t load(uint8_t hart, uint16_t cell);
void object_make(uint8_t slot, bool clean);
void memory_op(uint8_t kind, uint16_t number);

/* For spaces that the model does not know. */
struct object;
struct space;

/* Hart 0 runs the space from now on. */
void run_on_hart_0(struct space *space);
/* Hart 0 runs none; the space ends, and its object, if that is not NULL. */
void end_run(struct space *space, struct object *object);
/* The kernel's own recount finds nothing wrong. */
void expect_clean(const char *when);
