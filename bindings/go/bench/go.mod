module github.com/lifestage/lifestage/bindings/go/bench

go 1.24

require (
	github.com/lifestage/lifestage/bindings/go v0.0.0
	github.com/looplab/fsm v1.0.3
	github.com/qmuntal/stateless v1.7.2
)

replace github.com/lifestage/lifestage/bindings/go => ..
