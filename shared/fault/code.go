package fault

// CodeOf gives the code of the outermost *Error in the chain, or "internal" when there is none.
func CodeOf(err error) string {
	if e := outermost(err); e != nil {
		return e.Code
	}
	return "internal"
}

// DetailOf gives the sentence for people of the outermost *Error in the chain, or one that says nothing of the inside.
func DetailOf(err error) string {
	if e := outermost(err); e != nil && e.Detail != "" {
		return e.Detail
	}
	return "Something went wrong on our side. Try again in a moment."
}

func outermost(err error) (found *Error) {
	walk(err, func(err error) bool {
		e, ok := err.(*Error)
		if ok {
			found = e
		}
		return ok
	})
	return found
}
