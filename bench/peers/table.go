package main

import (
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"text/tabwriter"

	"github.com/golive-dev/golive/bench/peers/peer"
)

// printTables writes what was measured as tables of Markdown, which are
// readable as they are, too.
func printTables(w io.Writer, all results) error {
	fmt.Fprintln(w, "A GET with a path parameter at full duty: JSON access line with trace ids, golden signals, W3C tracing, panic recovery.")
	fmt.Fprintln(w, "Processor time per request in process, with allocations; throughput per core over loopback as a share of bare net/http.")
	fmt.Fprintln(w)
	rows := [][]string{{"", "µs unsampled", "allocs", "µs sampled", "allocs", "loopback unsampled", "loopback sampled", "lacks or adds"}}
	for _, r := range all.peers {
		rows = append(rows, peerRow(r, all.peers[0]))
	}
	if err := table(w, rows); err != nil {
		return err
	}
	bare := all.peers[0]
	fmt.Fprintf(w, "\nOver loopback a request costs %s %.2f µs of processor time, system calls included.\n",
		bare.name, bare.nanoseconds(settings[2])/1000)
	if len(all.parts) == 0 {
		return nil
	}
	fmt.Fprintln(w, "\nThe parts, processor time per operation in process.")
	fmt.Fprintln(w)
	rows = [][]string{{"", "ns", "allocs", "over its plain counterpart", "aim"}}
	for _, r := range all.parts {
		rows = append(rows, partRow(r, all.parts))
	}
	return table(w, rows)
}

func peerRow(r, bare result) []string {
	p, _ := findPeer(r.name)
	row := []string{strings.TrimSpace(p.Name + " " + version(p.Module))}
	for _, s := range settings[:2] {
		row = append(row, fmt.Sprintf("%.2f", r.nanoseconds(s)/1000), fmt.Sprintf("%.0f", r.allocations(s)))
	}
	for _, s := range settings[2:] {
		row = append(row, fmt.Sprintf("%.2f", r.share(s, bare)))
	}
	return append(row, remarks(p))
}

func remarks(p peer.Peer) string {
	var said []string
	if len(p.Lacks) < len(peer.FullDuty()) {
		for _, l := range p.Lacks {
			said = append(said, "lacks "+string(l))
		}
	}
	if p.Note != "" {
		said = append(said, p.Note)
	}
	return strings.Join(said, "; ")
}

func partRow(r result, all []result) []string {
	p, _ := findPart(r.name)
	row := []string{p.Name, fmt.Sprintf("%.1f", r.nanoseconds(setting{})), fmt.Sprintf("%.1f", r.allocations(setting{}))}
	over := ""
	for _, other := range all {
		if other.name == p.Over {
			over = fmt.Sprintf("%+.0f ns (%.2f of it)", difference(r, other), 1/r.share(setting{}, other))
		}
	}
	return append(row, over, p.Aim)
}

// difference is the median of how much dearer r is, in nanoseconds.
func difference(r, other result) float64 {
	costs, others := r.costs[setting{}], other.costs[setting{}]
	return median(len(costs), func(i int) float64 { return costs[i].Nanoseconds() - others[i].Nanoseconds() })
}

// version returns what of a module was compiled in.
func version(module string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range info.Deps {
		if m.Path == module && m.Replace == nil {
			return m.Version
		}
	}
	return ""
}

// table writes rows, the first being the head.
func table(w io.Writer, rows [][]string) error {
	tabs := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	for i, row := range rows {
		fmt.Fprintf(tabs, "| %s\t|\n", strings.Join(row, "\t| "))
		if i == 0 {
			fmt.Fprintf(tabs, "|%s\n", strings.Repeat("---\t|", len(row)))
		}
	}
	return tabs.Flush()
}
