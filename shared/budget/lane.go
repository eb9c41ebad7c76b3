package budget

// Lane is how urgent a call to Lever is. A lower lane may not use the reserve that a higher one needs.
type Lane uint8

// The lanes, most urgent first.
const (
	DecisionLane Lane = iota
	PromisedLane      // a hint that was put off and whose time has come
	HintLane
	DeltaLane
	ResyncLane
	PatrolLane
)
