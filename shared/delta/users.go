package delta

import (
	"context"
	"slices"
	"time"

	"github.com/evidenced/lever-integration/shared/converge"
	"github.com/evidenced/lever-integration/shared/slice"
)

// usersDue says whether this delta reads the users, which a sweep may have done a moment ago.
func (r *run) usersDue() bool {
	read := time.UnixMilli(r.known.UsersAt)
	return !read.Add(justRead).After(r.Now()) && (r.known.Users < converge.ManyUsers || !read.Add(manyEvery).After(r.Now()))
}

// users reads the list of the users. One that ends within a step, as most do, is applied as a whole: then a list that shows
// nothing new is one write.
func (r *run) users(ctx context.Context, p *slice.Point, offset string) (string, error) {
	if offset == "" && !r.lists.users.early && !r.usersDue() {
		if read := time.UnixMilli(r.known.UsersAt); read.Add(justRead).After(r.Now()) {
			r.usersAt = read
		}
		return "", nil
	}
	page, fetched, err := r.lists.users.page(ctx, offset, r.Now)
	all, broken := page.Items, page.Broken
	for whole := offset == ""; err == nil && whole && page.Next != "" && len(all) < converge.ManyUsers; {
		page, _, err = r.lists.users.page(ctx, page.Next, r.Now)
		all, broken = append(all, page.Items...), append(broken, page.Broken...)
	}
	if err != nil {
		return "", err
	}
	p.Count("users", len(all))
	if offset == "" && page.Next == "" && len(broken) == 0 {
		err = r.Converger.UserList(ctx, r.access, all, fetched)
	} else {
		for part := range slices.Chunk(all, 100) {
			if _, err = r.Converger.Users(ctx, r.access, part, fetched); err != nil {
				return "", err
			}
		}
	}
	if err != nil {
		return "", err
	}
	if page.Next == "" {
		r.known.Users, r.known.UsersAt = p.Counts["users"], fetched.UnixMilli()
	}
	return page.Next, r.alone(ctx, "user/", broken)
}
