package config

import "reflect"

// Variable is what a configuration declares about one variable, for
// documentation and for the declaration of the service's environment.
type Variable struct {
	// Name is the variable's in the environment.
	Name string
	// Kind says what its value must be: "a whole number from 1 to 65535".
	Kind string
	// Default is the value where the variable is missing, or empty.
	Default string
	// Required says that the service does not start without the variable.
	Required bool
	// Usage is the sentence in the tag usage.
	Usage string
}

// Describe returns the variables that [Load] reads into a T, in the order of its
// fields. Those that are declared wrongly, and which Load refuses, are left out.
func Describe[T any]() []Variable {
	t := reflect.TypeFor[T]()
	if t.Kind() != reflect.Struct {
		return nil
	}
	var all []Variable
	for _, f := range fieldsOf(t) {
		if f.wrong == "" {
			all = append(all, f.Variable)
		}
	}
	return all
}
