package kube

import (
	"fmt"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"github.com/golive-dev/golive/evidence"
)

// Scale is how many replicas a workload has when it has the fewest.
type Scale struct {
	Least  int
	Source evidence.Source // what says so
	Text   string          // "minReplicas 2 of HorizontalPodAutoscaler orders"
}

// scaledObject is KEDA's autoscaler, which scales to zero unless told not to.
type scaledObject struct {
	Spec struct {
		ScaleTargetRef autoscalingv2.CrossVersionObjectReference `json:"scaleTargetRef"`
		MinReplicas    *int32                                    `json:"minReplicaCount"`
	} `json:"spec"`
}

// LeastReplicas returns the fewest replicas of w: what an autoscaler that
// targets it may go down to, or else its own replicas.
func LeastReplicas(objects []Object, w *Workload) (Scale, error) {
	scalers := append(Beside(objects, w, "HorizontalPodAutoscaler"), Beside(objects, w, "ScaledObject")...)
	for i := range scalers {
		o := &scalers[i]
		least, field, err := floor(o, w)
		if err != nil {
			return Scale{}, err
		}
		if field != "" {
			return Scale{least, o.Source("spec", field), fmt.Sprintf("%s %d of %s", field, least, o)}, nil
		}
	}
	text := fmt.Sprintf("replicas %d of %s", w.Replicas, w)
	if !w.Has("spec", "replicas") {
		text = fmt.Sprintf("%s says no number of replicas, which means %d", w, w.Replicas)
	}
	return Scale{w.Replicas, w.Source("spec", "replicas"), text}, nil
}

// floor returns the lower bound of the autoscaler o and the name of its
// field, or no name when o does not scale w.
func floor(o *Object, w *Workload) (least int, field string, err error) {
	targets := func(ref autoscalingv2.CrossVersionObjectReference, kind string) bool {
		return ref.Name == w.Name && (ref.Kind == w.Kind || ref.Kind == "" && w.Kind == kind)
	}
	switch o.Group() + "/" + o.Kind {
	case "autoscaling/HorizontalPodAutoscaler":
		// The fields asked for are the same in every version of the kind.
		var hpa struct {
			Spec struct {
				ScaleTargetRef autoscalingv2.CrossVersionObjectReference `json:"scaleTargetRef"`
				MinReplicas    *int32                                    `json:"minReplicas"`
			} `json:"spec"`
		}
		if err := o.As(&hpa); err != nil {
			return 0, "", err
		}
		if targets(hpa.Spec.ScaleTargetRef, "") {
			return orDefault(hpa.Spec.MinReplicas, 1), "minReplicas", nil
		}
	case "keda.sh/ScaledObject":
		var scaled scaledObject
		if err := o.As(&scaled); err != nil {
			return 0, "", err
		}
		if targets(scaled.Spec.ScaleTargetRef, "Deployment") {
			return orDefault(scaled.Spec.MinReplicas, 0), "minReplicaCount", nil
		}
	}
	return 0, "", nil
}

func orDefault(n *int32, value int) int {
	if n == nil {
		return value
	}
	return int(*n)
}
