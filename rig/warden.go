package rig

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// wardenScript waits for its standard input to end. Unless it was told "done",
// golive has died, and it ends what golive cannot end any more: after a moment
// for those that tidy up on the parent-death signal, and more than once,
// because processes may be forking meanwhile.
const wardenScript = `
trap '' INT TERM HUP
read -r word
[ "$word" = done ] && exit 0
for round in 1 2 3; do
	sleep 0.3 2>/dev/null || sleep 1
	for file in /proc/[0-9]*/environ; do
		if grep -qs "$2=$3" "$file" 2>/dev/null; then
			pid=${file#/proc/}
			kill -9 "${pid%/environ}" 2>/dev/null
		fi
	done
done
rm -rf "$1"
`

// warden is a small process that outlives a golive that was killed. The
// parent-death signal reaches only golive's own children, not theirs.
type warden struct {
	cmd  *exec.Cmd
	line io.WriteCloser
}

func startWarden(scratch, id string) (*warden, error) {
	w := &warden{cmd: exec.Command("/bin/sh", "-c", wardenScript, "golive-warden", scratch, Marker, id)}
	w.cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	w.cmd.Dir = "/"
	w.cmd.SysProcAttr = detached()
	var err error
	if w.line, err = w.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("starting the warden: %w", err)
	}
	if err := startCommand(w.cmd); err != nil {
		return nil, fmt.Errorf("starting the warden: %w", err)
	}
	return w, nil
}

// dismiss ends the warden without its doing anything.
func (w *warden) dismiss() {
	io.WriteString(w.line, "done\n")
	w.line.Close()
	stuck := time.AfterFunc(killLimit, func() { w.cmd.Process.Kill() })
	defer stuck.Stop()
	w.cmd.Wait()
	ours.remove(w.cmd.Process.Pid)
}
