package lifestage

import (
	"bytes"
	"reflect"
	"unicode/utf8"
)

// replaced is what encoding/json writes for a byte that is no UTF-8.
var replaced = []byte(`\ufffd`)

// altered says whether the text of a value is not what the value says, because a text in it is not UTF-8.
func altered(text []byte, value any) bool {
	return bytes.Contains(text, replaced) && !sound(reflect.ValueOf(value))
}

// sound says whether all texts in a value are UTF-8.
func sound(value reflect.Value) bool {
	switch value.Kind() {
	case reflect.String:
		return utf8.ValidString(value.String())
	case reflect.Pointer, reflect.Interface:
		return value.IsNil() || sound(value.Elem())
	case reflect.Struct:
		for i := range value.NumField() {
			if !sound(value.Field(i)) {
				return false
			}
		}
	case reflect.Slice, reflect.Array:
		// Bytes are JSON already, which the library looks at itself.
		if value.Type().Elem().Kind() == reflect.Uint8 {
			return true
		}
		for i := range value.Len() {
			if !sound(value.Index(i)) {
				return false
			}
		}
	case reflect.Map:
		for members := value.MapRange(); members.Next(); {
			if !sound(members.Key()) || !sound(members.Value()) {
				return false
			}
		}
	}
	return true
}
