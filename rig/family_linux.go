package rig

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// member is a living process of a family.
type member struct {
	pid  int
	name string
}

// family finds the processes that descend from one: by process group, by
// parent, and by the marker in the environment, which survives setsid and
// the death of the parent.
type family struct {
	leader int
	born   uint64 // the leader's start time in clock ticks since boot
	marker []byte

	mu    sync.Mutex
	known map[int]uint64 // pid and start time of all that were ever seen
	empty int            // scans in a row that found nobody
}

func newFamily(leader int, marker string) *family {
	f := &family{leader: leader, marker: []byte(Marker + "=" + marker), known: map[int]uint64{}}
	if s, ok := readStat(leader); ok {
		f.born = s.start
	}
	return f
}

// emptyScans is how many scans must find nobody before a family is believed
// to be gone: a process shows no environment while it executes a program.
const emptyScans = 2

// gone reports whether enough scans found nobody. From then on nobody is
// looked for: the pids may be someone else's.
func (f *family) gone() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.empty >= emptyScans
}

// living scans for the members that have not ended.
func (f *family) living() []member {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.empty >= emptyScans {
		return nil
	}
	table := processTable()
	f.mark(table)
	var left []member
	for pid := range f.known {
		if s := table[pid]; s.alive() {
			left = append(left, member{pid, s.name})
		}
	}
	f.empty++
	if len(left) > 0 {
		f.empty = 0
	}
	return left
}

// mark adds to known whom table shows to belong to the family, and forgets
// those whose pid has passed on.
func (f *family) mark(table map[int]stat) {
	for pid, start := range f.known {
		if table[pid].start != start {
			delete(f.known, pid)
		}
	}
	for pid, s := range table {
		if s.group == f.leader || f.marked(pid, s) {
			f.known[pid] = s.start
		}
	}
	for grew := true; grew; {
		grew = false
		for pid, s := range table {
			if _, seen := f.known[pid]; seen {
				continue
			}
			if _, child := f.known[s.parent]; child {
				f.known[pid], grew = s.start, true
			}
		}
	}
}

// marked looks only at processes that are younger than the leader, which
// spares reading the environment of most of the machine.
func (f *family) marked(pid int, s stat) bool {
	if s.start < f.born || !s.alive() {
		return false
	}
	env, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	if err != nil {
		return false
	}
	for v := range bytes.SplitSeq(env, []byte{0}) {
		if bytes.Equal(v, f.marker) {
			return true
		}
	}
	return false
}

// stat is what /proc/PID/stat says.
type stat struct {
	name   string
	state  byte
	parent int
	group  int
	start  uint64
}

// alive is false for what only waits to be reaped.
func (s stat) alive() bool { return s.state != 0 && s.state != 'Z' && s.state != 'X' }

func processTable() map[int]stat {
	table := map[int]stat{}
	names, _ := filepath.Glob("/proc/[0-9]*")
	for _, name := range names {
		pid, err := strconv.Atoi(filepath.Base(name))
		if err != nil {
			continue
		}
		if s, ok := readStat(pid); ok {
			table[pid] = s
		}
	}
	return table
}

// readStat reads the stat file of a process. The name in it may hold blanks
// and parentheses, so the fields are counted from the last parenthesis.
func readStat(pid int) (stat, bool) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return stat{}, false
	}
	_, rest, _ := strings.Cut(string(text), "(")
	end := strings.LastIndexByte(rest, ')')
	if end < 0 {
		return stat{}, false
	}
	fields := strings.Fields(rest[end+1:])
	if len(fields) < 20 {
		return stat{}, false
	}
	s := stat{name: rest[:end], state: fields[0][0]}
	s.parent, _ = strconv.Atoi(fields[1])
	s.group, _ = strconv.Atoi(fields[2])
	s.start, _ = strconv.ParseUint(fields[19], 10, 64)
	return s, true
}
