package bench

// Prices of AWS in US dollars, on demand, without the free tier: region eu-west-1, as its price pages gave them in
// November 2025. They change, and differ by region: look before relying on the sum.
const (
	priceWrites     = 0.705 / 1e6       // a write request unit of DynamoDB
	priceReads      = 0.141 / 1e6       // a read request unit of DynamoDB
	priceGBSecond   = 0.0000133334      // Lambda on arm64
	priceInvocation = 0.20 / 1e6        // Lambda
	priceMessage    = 0.40 / 1e6        // a request to a standard queue of SQS
	priceKey        = 0.03 / 10_000     // a request to KMS
	priceEvent      = 1.00 / 1e6        // an event put on a bus of EventBridge
	priceRequest    = 1.11 / 1e6        // a request to an HTTP API of API Gateway
	priceLog        = 0.57 / (1 << 30)  // a byte taken by CloudWatch Logs
	priceStored     = 0.283 / (1 << 30) // a byte in DynamoDB for a month
	priceBackup     = 0.226 / (1 << 30) // the same of point-in-time recovery
)

// gigabytes is the memory of each function, as template.yaml has it.
const gigabytes = 0.25
