package docs

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// shells and queries are the languages of code blocks each of whose lines can
// be typed; in others a line must look like a command.
var (
	shells  = []string{"sh", "bash", "shell", "zsh", "fish", "console", "shell-session", "terminal", "powershell", "ps1", "cmd", "bat"}
	queries = []string{"sql", "psql", "promql", "logql", "redis", "kql"}
	guessed = []string{"", "text", "txt", "plain", "plaintext"}
)

// tools are programs that operators call, by which a span of code is told to
// be a command rather than a name.
var tools = strings.Fields(`
	kubectl helm kustomize argocd flux oc docker podman nerdctl crictl istioctl linkerd eksctl kops k9s stern
	aws gcloud az doctl heroku fly flyctl terraform tofu pulumi ansible ansible-playbook vault consul nomad sops
	psql pg_dump pg_restore pg_ctl mysql mysqldump mongosh mongo redis-cli sqlite3 kafka-topics kafka-consumer-groups rabbitmqctl etcdctl cqlsh
	curl wget http https grpcurl dig nslookup host ping traceroute ss netstat nc openssl ssh scp rsync
	systemctl journalctl service supervisorctl pm2 tail head cat less grep awk sed jq yq ps top kill pkill free df du lsof strace sysctl ip iptables
	git gh glab make go npm npx yarn pnpm node python python3 pip java mvn gradle cargo ruby rake bundle php artisan dotnet mix
	promtool amtool logcli golive vegeta k6 wrk ab sudo sh bash env cd export rollout`)

var (
	firstWord = regexp.MustCompile(`^(?:sudo\s+)?(?:[A-Z_][A-Z0-9_]*=\S+\s+)*(\S+)(?:\s+(\S.*))?$`)
	query     = regexp.MustCompile(`(?i)^(?:select\s.+\sfrom|update\s.+\sset|delete\s+from|insert\s+into|alter\s+(?:table|role|system)|kill\s|show\s|vacuum\b|analyze\b|explain\b)`)
)

// isCommand reports whether a span of code can be typed at a prompt: a known
// tool with arguments, or a program by its path.
func isCommand(span string) bool {
	span = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(span), "$ "))
	if query.MatchString(span) {
		return true
	}
	m := firstWord.FindStringSubmatch(span)
	if m == nil || Placeholder(span) {
		return false
	}
	program, arguments := m[1], strings.TrimSpace(m[2])
	if isPath(program) {
		return arguments != "" || path.Ext(program) == ".sh" || strings.Contains(program, "bin/") || strings.HasPrefix(program, "./")
	}
	return arguments != "" && slices.Contains(tools, program) && !Placeholder(arguments)
}

func isPath(program string) bool {
	return strings.HasPrefix(program, "./") || strings.HasPrefix(program, "scripts/") ||
		strings.HasPrefix(program, "bin/") || path.IsAbs(program) && strings.Contains(program, "bin/")
}

// commandsOf returns the lines of a code block that can be typed.
func commandsOf(language string, lines []string) []string {
	language = strings.ToLower(strings.TrimSpace(language))
	switch {
	case slices.Contains(shells, language):
		return typed(lines, func(line string) bool { return len(strings.Fields(line)) > 1 || isCommand(line) })
	case slices.Contains(queries, language):
		return typed(lines, func(line string) bool { return true })
	case slices.Contains(guessed, language):
		return typed(lines, isCommand)
	}
	return nil
}

// typed filters lines: no comments, no placeholders, prompts taken off, a
// line that ends in a backslash joined with the next.
func typed(lines []string, accept func(string) bool) []string {
	var commands []string
	joined := strings.Split(strings.ReplaceAll(strings.Join(lines, "\n"), "\\\n", " "), "\n")
	for _, line := range joined {
		line = strings.Join(strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "$ ")), " ")
		comment := strings.HasPrefix(line, "#") || strings.HasPrefix(line, "--") || strings.HasPrefix(line, "//")
		said := strings.TrimPrefix(line, "echo ")
		if line == "" || comment || Placeholder(strings.Trim(said, `"' `)) || !accept(line) {
			continue
		}
		commands = append(commands, line)
	}
	return commands
}
