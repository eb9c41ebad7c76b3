package story

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// Forbid takes actions away from a role of the stack, named by its logical id, as the account's owner, until the returned
// function gives them back. The emulator asks for policies anew at each call, so it holds at once there; AWS takes seconds.
func (w *World) Forbid(ctx context.Context, logical string, actions ...string) (giveBack func() error, err error) {
	owner, err := w.Endpoints.Cloud(ctx, "admin")
	if err != nil {
		return nil, err
	}
	roles := iam.NewFromConfig(owner)
	role, err := roleOf(ctx, roles, logical)
	if err != nil {
		return nil, err
	}
	document, err := json.Marshal(map[string]any{
		"Version": "2012-10-17", "Statement": []any{map[string]any{"Effect": "Deny", "Action": actions, "Resource": "*"}},
	})
	if err != nil {
		return nil, err
	}
	name := "forbidden-for-a-while"
	if _, err := roles.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &role, PolicyName: &name, PolicyDocument: aws.String(string(document))}); err != nil {
		return nil, fmt.Errorf("forbid %v: %w", actions, err)
	}
	return func() error {
		_, err := roles.DeleteRolePolicy(context.WithoutCancel(ctx), &iam.DeleteRolePolicyInput{RoleName: &role, PolicyName: &name})
		return err
	}, nil
}

// roleOf finds a deployed role by its logical id, which its name contains.
func roleOf(ctx context.Context, roles *iam.Client, logical string) (string, error) {
	pages := iam.NewListRolesPaginator(roles, &iam.ListRolesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", fmt.Errorf("list roles: %w", err)
		}
		for _, role := range page.Roles {
			if strings.Contains(aws.ToString(role.RoleName), logical) {
				return aws.ToString(role.RoleName), nil
			}
		}
	}
	return "", fmt.Errorf("there is no role %s", logical)
}
