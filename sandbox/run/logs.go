package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// printLogs prints what the functions of the running sandbox have logged, of one or of all; below -once, those of the sandbox
// that runs the command.
func printLogs(ctx context.Context, root, function string, out io.Writer) error {
	found, err := readEndpoints(cmp.Or(os.Getenv("ENDPOINTS"), filepath.Join(root, ".sandbox", "endpoints.json")))
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("no sandbox is running here; start one with make run")
	}
	if err != nil {
		return fmt.Errorf("find the sandbox: %w", err)
	}
	groups := groupsOf(found)
	if function != "" {
		group, ok := groups[function]
		if !ok {
			return fmt.Errorf("no function %q; there are %s", function, strings.Join(sortedKeys(groups), ", "))
		}
		groups = map[string]string{function: group}
	}
	for _, name := range sortedKeys(groups) {
		fmt.Fprintf(out, "== %s\n", name)
		if err := copyLog(ctx, found, groups[name], out); err != nil {
			return err
		}
	}
	return nil
}

// saveLogs keeps the functions' logs as files, since the emulator forgets them when it stops. It does what it can.
func saveLogs(s settings) {
	found, err := readEndpoints(s.path("endpoints.json"))
	if err != nil {
		return // it never came that far
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for name, group := range groupsOf(found) {
		file, err := createLog(s.path("logs", "functions", name+".log"))
		if err != nil {
			return
		}
		_ = copyLog(ctx, found, group, file)
		_ = file.Close()
	}
}

// groupsOf maps a function's folder name to its log group: /aws/lambda/lever-integration-webhook-intake is webhook-intake.
func groupsOf(e endpoints) map[string]string {
	groups := map[string]string{}
	for _, group := range e.LogGroups {
		if name, ok := strings.CutPrefix(group, "/aws/lambda/"+e.Stack+"-"); ok {
			groups[name] = group
		}
	}
	return groups
}

func copyLog(ctx context.Context, e endpoints, group string, out io.Writer) error {
	client := cloudwatchlogs.NewFromConfig(aws.Config{
		Region: e.Region, BaseEndpoint: aws.String(e.AWS),
		Credentials: credentials.NewStaticCredentialsProvider(rootKey, rootKey, ""),
	})
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(client, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("read log %q: %w", group, err)
		}
		for _, event := range page.Events {
			at := time.UnixMilli(aws.ToInt64(event.Timestamp)).UTC().Format("15:04:05.000")
			fmt.Fprintf(out, "%s %s\n", at, strings.TrimRight(aws.ToString(event.Message), "\n"))
		}
	}
	return nil
}

func readEndpoints(path string) (endpoints, error) {
	var e endpoints
	content, err := os.ReadFile(path)
	if err != nil {
		return e, err
	}
	return e, errors.Join(json.Unmarshal(content, &e))
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
