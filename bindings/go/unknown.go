package lifestage

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// unknown are members that a value had and this version of the binding does not know, or would leave out: they are given
// back as they came, since hashes are made of them.
type unknown map[string]json.RawMessage

// members says of a type which members its JSON has, and whether each is left out when it is empty.
var members sync.Map

func membersOf(of reflect.Type) map[string]bool {
	if known, found := members.Load(of); found {
		return known.(map[string]bool)
	}
	known := make(map[string]bool)
	for i := range of.NumField() {
		if field := of.Field(i); field.IsExported() {
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			known[name] = strings.Contains(options, "omit")
		}
	}
	members.Store(of, known)
	return known
}

// readKeeping reads a value, and puts what it has no place for beside.
func readKeeping[T any](data []byte, into *T, beside *unknown) error {
	if err := json.Unmarshal(data, into); err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	*beside = nil
	known := membersOf(reflect.TypeFor[T]())
	for name, value := range all {
		if left, found := known[name]; found && !(left && isEmpty(value)) {
			continue
		}
		if *beside == nil {
			*beside = make(unknown)
		}
		(*beside)[name] = value
	}
	return nil
}

func isEmpty(value json.RawMessage) bool {
	switch string(value) {
	case `""`, `false`, `0`, `[]`, `{}`:
		return true
	default:
		return false
	}
}

// writeKeeping writes a value with what came beside, as far as it does not say that itself.
func writeKeeping[T any](value T, beside unknown) ([]byte, error) {
	data, err := json.Marshal(value)
	if err != nil || len(beside) == 0 {
		return data, err
	}
	var written map[string]json.RawMessage
	if err := json.Unmarshal(data, &written); err != nil {
		return nil, err
	}
	more := make(unknown, len(beside))
	for name, value := range beside {
		if _, said := written[name]; !said {
			more[name] = value
		}
	}
	if len(more) == 0 {
		return data, nil
	}
	rest, err := json.Marshal(more)
	if err != nil {
		return nil, err
	}
	if len(written) == 0 {
		return rest, nil
	}
	return bytes.Join([][]byte{data[:len(data)-1], rest[1:]}, []byte(",")), nil
}
