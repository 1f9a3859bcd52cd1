// Package service holds what the owner of a service declares in golive.yaml:
// its types, their loading with every error at once, and the discovery of
// what a repository already says.
//
// [Load] reads the file, [Discover] proposes one. A golive.yaml is one YAML
// mapping of at most 1 MiB. Unknown keys are errors, and so is a value of
// another type. Durations are written 800ms, 20s, 5m or 30d. These are all
// keys; only service is required, and within a mapping what is marked so.
//
//	service               text, required   the name of the service
//	tier                  1, 2, 3          1 is the most important
//
//	owner                 mapping, or the team's name
//	  team                text             who answers for the service
//	  contacts            list             who is asked first: {name, email, phone} or a name
//	  alternates          list             who is asked when they are away
//	  experts             list             who knows it inside out
//	  oncall              text             where the rota is
//
//	run                   mapping          how an instance is built and started
//	  build               text             a shell command, run once in the service's directory
//	  command             list, required   the program and its arguments; no shell
//	  env                 mapping          its environment, with PATH, HOME, TMPDIR and LANG the only one
//	  files               mapping          secrets as a platform mounts them: name in ${dir}, content
//	  dir                 text             its working directory; default: golive.yaml's
//	  start               duration         how long a start may take; default 30s
//	  grace               duration         from SIGTERM to SIGKILL; default 30s
//
//	endpoints             mapping          where an instance answers
//	  url                 text             default http://127.0.0.1:${port}
//	  ops                 text             where the paths below are answered; default: at url
//	  live                path             liveness
//	  ready               path             readiness
//	  metrics             path             metrics of Prometheus
//	  period              duration         how often the platform asks readiness
//
//	config                mapping          the variables that it reads, by name
//	  kind                text             string (default), int, bool, port, url, duration
//	  required            true, false      default true
//
//	dependencies          mapping          what it calls, by name
//	  kind                text, required   http, grpc, tcp, postgres, redis, mysql, kafka, amqp
//	  critical            true, false      whether readiness follows it; default false
//	  timeout             duration         of one attempt
//	  attempts            number           including the first; default 1
//	  storm               number           the most calls per request while it is down; default 1.2
//	  without             mapping, or do   what a request that needs it gets when it is down
//	    do                text, required   fail, stale, degraded
//	    status            400 to 599       of fail; default: any 5xx, always the same
//	    flag              text             of degraded: found in a header or the body of each such answer
//	  recovery            duration         from its repair to the last failing request; default 30s
//	  stub                mapping          golive plays it; kind http only
//	    status            200 to 599       default 200
//	    headers           mapping
//	    body              text
//	    json              anything         the body as JSON, instead of body
//	    latency           duration         default 0s
//	    routes            list             tried first: {request, and the keys of stub but routes}
//	      request         text, required   METHOD /path; a path with a slash at its end fits what lies below
//	  run                 mapping          golive starts it; the keys of run above
//	  url                 text             it is there already
//	  missing             text             leave-out: where it cannot be had, the service runs without it
//
//	traffic               list             the requests that users send
//	  name                text, required
//	  request             text, required   METHOD /path
//	  headers             mapping
//	  json                anything         the body as JSON
//	  body                text             the body as it is, instead of json
//	  expect              200 to 599       the status of a healthy service; default 200
//	  uses                list             the dependencies that it needs
//	  peak                N/s              the most that users send
//	  timeout             duration         of the request; see [Service.RequestBudget]
//
//	slo                   list             the objectives, as customers see them
//	  name                text, required
//	  objective           per cent, required
//	  window              duration
//	  latency             duration         a slower answer is a bad one
//	  sla                 per cent         what the contract says
//	  policy              text             the document of the error budget's policy
//
//	severities            mapping          the classes of alerts, by name; text stands for means
//	  priority            text
//	  means               text             what has happened
//	  respond             duration         how soon somebody acts
//
// At most one of a dependency's stub, run and url is written; without any,
// postgres and redis are started from the programs on the machine.
//
// In the command and env of a run, ${port} is the process's free port, ${dir}
// a scratch directory of its own, ${otlp.url} the receiver of telemetry, and
// ${NAME.url}, ${NAME.host} and ${NAME.port} are the address of dependency
// NAME; a PostgreSQL has ${NAME.user}, ${NAME.password} and ${NAME.database},
// too. The service itself has a second port, ${port.ops}. The endpoints' url
// knows ${port}, their ops ${port.ops}. In the request, headers and body of
// traffic, ${uuid} and ${seq} are new for each request. A variable of a shell
// is written $NAME. Dependencies may name one another as long as one of them
// can be started first.
package service
