package lifestage

import (
	"encoding/json"
	"strconv"

	"github.com/lifestage/lifestage/bindings/go/internal/ffi"
)

// Code is the number of an error, the same in every language. It is an error itself, to be given to errors.Is.
type Code int32

// Error is the name of the code.
func (c Code) Error() string {
	if name, known := codeNames[c]; known {
		return name
	}
	return "code " + strconv.Itoa(int(c))
}

// Error is why a call could not be answered. A refusal is none.
type Error struct {
	// Code is one of the Err constants.
	Code Code
	// Name is the stable name of the code, such as no_record.
	Name string
	// Message is for a person.
	Message string
	// Detail is more for a program, such as the findings of a definition; null or empty when there is none.
	Detail json.RawMessage
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Unwrap is the code, so that errors.Is(err, ErrNoRecord) holds.
func (e *Error) Unwrap() error { return e.Code }

// Findings are what is wrong with a definition, when that is what the error is about.
func (e *Error) Findings() []Finding {
	var detail struct {
		Findings []Finding `json:"findings"`
	}
	if json.Unmarshal(e.Detail, &detail) != nil {
		return nil
	}
	return detail.Findings
}

// CriteriaErrors are what is wrong with a condition, when that is what the error is about.
func (e *Error) CriteriaErrors() []CriteriaError {
	var detail struct {
		Errors []CriteriaError `json:"errors"`
	}
	if json.Unmarshal(e.Detail, &detail) != nil {
		return nil
	}
	return detail.Errors
}

// newError is an error of the binding's own.
func newError(code Code, message string) *Error {
	return &Error{Code: code, Name: code.Error(), Message: message}
}

// failed turns a fault into an error, and none into nil.
func failed(fault *ffi.Fault) error {
	if fault == nil {
		return nil
	}
	code := Code(fault.Code)
	name := fault.Name
	if name == "" {
		name = code.Error()
	}
	return &Error{Code: code, Name: name, Message: fault.Message, Detail: fault.Detail}
}
