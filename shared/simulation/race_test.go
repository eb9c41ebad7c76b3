//go:build race

package simulation_test

// share is how many seeds are played with all other tests; the race detector makes each several times as long.
const share = 25
