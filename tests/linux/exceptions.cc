/* C++: exceptions through many frames and out of threads, destructors in order,
 * containers, streams, std::thread and its friends. */
#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "check.h"

static std::string trace;

struct Tracer {
	std::string name;
	explicit Tracer(std::string name) : name(std::move(name)) { }
	~Tracer() { trace += name; }
};

struct Deep : std::runtime_error {
	int depth;
	explicit Deep(int depth) : std::runtime_error("deep"), depth(depth) { }
};

static int
descend(int depth)
{
	Tracer tracer(std::to_string(depth % 10));

	if (depth == 0)
		throw Deep(12);
	return descend(depth - 1) + 1;
}

static void
test_unwinding()
{
	try {
		descend(5);
		CHECK(!"nothing was thrown");
	} catch (const std::exception &error) {
		auto deep = dynamic_cast<const Deep *>(&error);
		CHECK(deep != nullptr && deep->depth == 12);
		CHECK(std::string(error.what()) == "deep");
	}
	CHECK(trace == "012345");
	ok("destructors in order");
	int caught = 0;
	for (int i = 0; i < 2000; i++) {
		try {
			try {
				descend(i % 20);
			} catch (Deep &) {
				throw;
			}
		} catch (std::runtime_error &) {
			caught++;
		}
	}
	CHECK(caught == 2000);
	ok("thrown again");
}

static void
test_library()
{
	std::vector<int> empty;
	bool caught = false;

	try {
		empty.at(1) = 1;
	} catch (std::out_of_range &) {
		caught = true;
	}
	CHECK(caught);
	caught = false;
	try {
		volatile std::size_t bytes = 1ul << 60;
		static char *volatile much;
		much = new char[bytes];
		delete[] much;
	} catch (std::bad_alloc &) {
		caught = true;
	}
	CHECK(caught);
	ok("the library's exceptions");
}

static void
test_threads()
{
	std::vector<std::thread> threads;
	std::mutex mutex;
	std::map<std::string, int> counts;

	for (int i = 0; i < 6; i++)
		threads.emplace_back([&, i] {
			for (int n = 0; n < 1000; n++) {
				try {
					throw Deep(n);
				} catch (Deep &deep) {
					std::lock_guard<std::mutex> hold(mutex);
					counts["of " + std::to_string(i)] +=
					    deep.depth == n;
				}
			}
		});
	for (auto &thread : threads)
		thread.join();
	CHECK(counts.size() == 6);
	for (auto &count : counts)
		CHECK(count.second == 1000);
	auto future = std::async(std::launch::async, [] {
		descend(3);
		return 1;
	});
	bool caught = false;
	try {
		future.get();
	} catch (Deep &) {
		caught = true;
	}
	CHECK(caught);
	ok("from one thread to another");
}

static void
test_streams()
{
	const char *name = "/tmp/exceptions.test";
	std::ofstream out(name);

	for (int i = 0; i < 1000; i++)
		out << i << ' ' << i * 0.5 << '\n';
	out.close();
	std::ifstream in(name);
	std::string line;
	int lines = 0;
	double sum = 0, value, half;
	while (std::getline(in, line)) {
		std::istringstream words(line);
		words >> value >> half;
		sum += half;
		lines++;
	}
	CHECK(lines == 1000 && sum == 249750);
	CHECK(unlink(name) == 0);
	std::vector<int> numbers(100000);
	std::iota(numbers.begin(), numbers.end(), 0);
	std::shuffle(numbers.begin(), numbers.end(), std::mt19937(1));
	std::sort(numbers.begin(), numbers.end());
	CHECK(std::is_sorted(numbers.begin(), numbers.end()));
	ok("streams");
}

int
main()
{
	test_unwinding();
	test_library();
	test_threads();
	test_streams();
	return done();
}
