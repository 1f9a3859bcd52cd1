package trace

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Options say what is traced and where it is sent. Only Service is needed.
type Options struct {
	// Service and Version become the resource's service.name and
	// service.version. Service is required, Version may be empty.
	Service, Version string

	// Attributes are added to the resource: deployment.environment.name, say.
	Attributes []attribute.KeyValue

	// Endpoint is the collector's OTLP/HTTP address, "http://collector:4318".
	// Without a path /v1/traces is added; any other path, also "/", is taken as
	// it is. Empty means that no span is sent.
	Endpoint string

	// Headers are sent with each export, such as a collector's token. They are
	// never printed.
	Headers map[string]string

	// Ratio is the share of new traces that are recorded, up to 1. A caller's
	// sampled flag is followed, whatever the ratio. 0 means [DefaultRatio];
	// [Never], or any negative number, records only what callers ask for.
	Ratio float64

	// Timeout bounds an export with all its attempts; 0 means 10 s, the OTLP
	// exporters' common default.
	Timeout time.Duration

	// Attempts is how often a batch is sent at most; 0 means 3.
	Attempts int

	// Every is how long a span waits for others at most before it is sent; 0
	// means 5 s, and Batch the number that is sent without waiting and at most
	// in one request; 0 means 512. Both are the defaults of OpenTelemetry's
	// batch processor, as is Queue, the number of spans that wait at most; 0
	// means 2048. What comes then is dropped and counted: no request waits.
	Every        time.Duration
	Batch, Queue int

	// Client sends the exports; nil means a client of its own with the
	// standard library's transport.
	Client *http.Client

	// Log gets a line when exports begin to fail and when they succeed again;
	// nil means [slog.Default].
	Log *slog.Logger
}

// Sampling of new traces.
const (
	// DefaultRatio is one trace in ten. A recorded request costs several times
	// an unrecorded one; callers, and golive's drills, may ask for any.
	DefaultRatio = 0.1

	// Never is the ratio of a service that starts no recorded traces.
	Never = -1.0
)

// Provider makes and sends spans.
type Provider struct {
	sdk   *sdktrace.TracerProvider
	queue *queue // nil without an endpoint
	limit uint64 // a new trace is recorded when a part of its id lies below
}

// Start returns a provider of spans, which runs one goroutine until
// [Provider.Shutdown] when there is an endpoint. It does not wait for the
// collector, nor does it need one: that it is down costs spans, not requests.
// The error names the option that is wrong.
func Start(o Options) (*Provider, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	p := &Provider{limit: limitOf(o.Ratio)}
	options := []sdktrace.TracerProviderOption{
		sdktrace.WithIDGenerator(source{}),
		sdktrace.WithSampler(sampler{p.limit}),
		sdktrace.WithResource(resourceOf(o)),
	}
	if o.Endpoint != "" {
		e, err := newExporter(o)
		if err != nil {
			return nil, err
		}
		p.queue = newQueue(e, o)
		options = append(options, sdktrace.WithSpanProcessor(p.queue))
	}
	p.sdk = sdktrace.NewTracerProvider(options...)
	return p, nil
}

// complete checks the options and fills in the defaults.
func (o *Options) complete() error {
	switch {
	case o.Service == "":
		return errors.New("trace: Service is empty; name the service as its log does")
	case math.IsNaN(o.Ratio) || o.Ratio > 1:
		return fmt.Errorf("trace: Ratio is %v; it is a share from 0 to 1", o.Ratio)
	case o.Timeout < 0 || o.Every < 0:
		return fmt.Errorf("trace: Timeout %v or Every %v is negative; 0 means the default", o.Timeout, o.Every)
	case o.Attempts < 0 || o.Batch < 0 || o.Queue < 0:
		return fmt.Errorf("trace: Attempts %d, Batch %d or Queue %d is negative; 0 means the default", o.Attempts, o.Batch, o.Queue)
	}
	o.Timeout = cmp.Or(o.Timeout, 10*time.Second)
	o.Attempts = cmp.Or(o.Attempts, 3)
	o.Every = cmp.Or(o.Every, 5*time.Second)
	o.Batch = cmp.Or(o.Batch, 512)
	o.Queue = cmp.Or(o.Queue, 2048)
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return nil
}

// resourceOf describes the process. Detectors of hosts and containers are left
// to the collector, which knows better.
func resourceOf(o Options) *resource.Resource {
	attributes := append([]attribute.KeyValue{
		attribute.String("telemetry.sdk.name", "opentelemetry"),
		attribute.String("telemetry.sdk.language", "go"),
	}, o.Attributes...)
	attributes = append(attributes, attribute.String("service.name", o.Service))
	if o.Version != "" {
		attributes = append(attributes, attribute.String("service.version", o.Version))
	}
	return resource.NewSchemaless(attributes...)
}

// TracerProvider returns what OpenTelemetry's own packages take.
func (p *Provider) TracerProvider() *sdktrace.TracerProvider { return p.sdk }

// Tracer returns a tracer by the name of the package that uses it.
func (p *Provider) Tracer(name string) trace.Tracer { return p.sdk.Tracer(name) }

// Flush sends what has ended so far, and waits until it is sent, given up, or
// ctx ends.
func (p *Provider) Flush(ctx context.Context) error {
	if p.queue == nil {
		return nil
	}
	return p.queue.ForceFlush(ctx)
}

// Shutdown sends what is left and stops. It returns when ctx ends at the
// latest, with an error that tells how many spans were not sent. Spans that
// end afterwards are dropped.
func (p *Provider) Shutdown(ctx context.Context) error {
	err := p.sdk.Shutdown(ctx)
	if p.queue != nil {
		err = p.queue.Shutdown(ctx) // the SDK leaves it running when ctx has ended before
	}
	return err
}

// Dropped returns how many recorded spans were lost since the start: the queue
// was full, the collector did not answer or refused them.
func (p *Provider) Dropped() uint64 {
	if p.queue == nil {
		return 0
	}
	return p.queue.dropped.Load()
}

// Sent returns how many spans the collector has taken since the start.
func (p *Provider) Sent() uint64 {
	if p.queue == nil {
		return 0
	}
	return p.queue.sent.Load()
}
