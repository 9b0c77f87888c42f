/* Whether a tree of files is what the model says it is. */
#pragma once

#include "model.h"

/* `vnode`, and all below it.  Fails where it is not. */
void compare(struct vnode *vnode, const struct model *model);
