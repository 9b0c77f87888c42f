"""What the console says in framed mode (see kernel/unix/dev/console.h).

    1c 'K' log text 1c 'U' program's output ... 1c 'X' status newline

Before the first mark all is log: the firmware's and early boot's words.
"""
ESCAPE = 0x1C


class Demultiplexer:
    """Takes bytes in pieces of any size; calls output(bytes) and log(bytes).

    marked: whether the first mark was seen: the guest's console works
    status: the command's exit status, None until it was said
    """

    def __init__(self, output, log):
        self.marked = False
        self.status = None
        self._sinks = {"output": output, "log": log}
        self._state = "log"
        self._escaped = False
        self._number = None         # digits of a status being said

    def feed(self, data):
        position = 0
        while position < len(data):
            if self._number is not None:
                position = self._feed_status(data, position)
            elif self._escaped:
                self._feed_mark(data[position])
                position += 1
            else:
                end = data.find(ESCAPE, position)
                self._escaped = end >= 0
                end = len(data) if end < 0 else end
                if end > position:
                    self._sinks[self._state](data[position:end])
                position = end + 1

    def _feed_mark(self, mark):
        self._escaped = False
        self.marked = True
        if mark == ord("K"):
            self._state = "log"
        elif mark == ord("U"):
            self._state = "output"
        elif mark == ord("X"):
            self._number = b""
        elif mark == ESCAPE:
            self._sinks[self._state](b"\x1c")
        else:
            # No mark of ours: firmware, or a panic cut a frame short.
            self._sinks["log"](bytes([ESCAPE, mark]))

    def _feed_status(self, data, position):
        end = data.find(b"\n", position)
        if end < 0:
            self._number += data[position:]
            return len(data)
        digits = self._number + data[position:end]
        self._number = None
        try:
            self.status = int(digits)
        except ValueError:
            self._sinks["log"](b"console: bad status " + digits + b"\n")
        return end + 1
