package config

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"
)

// numberParser is for whatever has an order.
func numberParser(t reflect.Type, tags reflect.StructTag) (parser, error) {
	switch k := t.Kind(); k {
	case reflect.Int64, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32:
		if t == reflect.TypeFor[time.Duration]() {
			return orderedParser("a duration such as 500ms or 2m", numbers[int64]{read: duration, set: reflect.Value.SetInt}, tags)
		}
		n := numbers[int64]{set: reflect.Value.SetInt}
		n.read = func(text string) (int64, error) { return strconv.ParseInt(text, 10, t.Bits()) }
		if t.Bits() < 64 {
			n.least, n.most = strconv.FormatInt(-1<<(t.Bits()-1), 10), strconv.FormatInt(1<<(t.Bits()-1)-1, 10)
		}
		return orderedParser("a whole number", n, tags)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n := numbers[uint64]{set: reflect.Value.SetUint, least: "0"}
		n.read = func(text string) (uint64, error) { return strconv.ParseUint(text, 10, t.Bits()) }
		if t.Bits() < 64 {
			n.most = strconv.FormatUint(1<<t.Bits()-1, 10)
		}
		return orderedParser("a whole number", n, tags)
	case reflect.Float32, reflect.Float64:
		n := numbers[float64]{set: reflect.Value.SetFloat}
		n.read = func(text string) (float64, error) { return finite(text, t.Bits()) }
		return orderedParser("a number", n, tags)
	}
	return parser{}, fmt.Errorf("has the type %s, which is not read from text; give it the method UnmarshalText", t)
}

// numbers says how numbers of one type are read, and within which bounds, as
// text, the type itself keeps them.
type numbers[N cmp.Ordered] struct {
	read        func(text string) (N, error)
	set         func(reflect.Value, N)
	least, most string
}

// orderedParser keeps numbers within the tags min and max.
func orderedParser[N cmp.Ordered](kind string, n numbers[N], tags reflect.StructTag) (parser, error) {
	least, atLeast, err := bound("min", n, tags)
	if err != nil {
		return parser{}, err
	}
	most, atMost, err := bound("max", n, tags)
	if err != nil {
		return parser{}, err
	}
	if atLeast && atMost && least > most {
		return parser{}, wrongTag("min", "is greater than max")
	}
	kind += span(cmp.Or(tags.Get("min"), n.least), cmp.Or(tags.Get("max"), n.most))
	p := plainParser(kind, func(text string) (N, error) {
		v, err := n.read(text)
		if err == nil && (atLeast && v < least || atMost && v > most) {
			err = strconv.ErrRange
		}
		return v, err
	}, n.set)
	p.tags = []string{"min", "max"}
	return p, nil
}

func bound[N cmp.Ordered](tag string, n numbers[N], tags reflect.StructTag) (v N, has bool, err error) {
	text, has := tags.Lookup(tag)
	if !has {
		return v, false, nil
	}
	if v, err = n.read(text); err != nil {
		return v, true, wrongTag(tag, "is none of its values")
	}
	return v, true, nil
}

func span(least, most string) string {
	switch {
	case least != "" && most != "":
		return " from " + least + " to " + most
	case least != "":
		return " of at least " + least
	case most != "":
		return " of at most " + most
	}
	return ""
}

func duration(text string) (int64, error) {
	d, err := time.ParseDuration(text)
	return int64(d), err
}

// finite refuses what fails comparisons later.
func finite(text string, bits int) (float64, error) {
	f, err := strconv.ParseFloat(text, bits)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, strconv.ErrRange
	}
	return f, err
}
