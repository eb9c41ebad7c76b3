//go:build !race

package simulation_test

// share is how many seeds are played with all other tests.
const share = 150
